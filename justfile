# The inner loop. Each recipe is plain commands, which work without just as well.

# Style, types, directions of imports
check:
    ruff check .
    ruff format --check .
    mypy
    lint-imports

# The fast tests
test:
    pytest -m "not slow"

# Every test, with all that `check` does
all:
    pytest

# The documentation, with its links checked, in docs/_build/html
docs:
    sphinx-build -W --keep-going -n docs docs/_build/html

# Verify and draw again every committed label, byte for byte
labels:
    pytest tests/house/test_rules.py -k committed_labels
