"""Pull requests on the Hub: what one is in, its first words, and its end."""
