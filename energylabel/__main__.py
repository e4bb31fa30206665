"""``python -m energylabel``."""

from energylabel.cli.app import main

if __name__ == "__main__":
    main()
