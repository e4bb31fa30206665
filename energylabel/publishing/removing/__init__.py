"""A label's way out again: of a card, its front matter, the files beside it, and the Hub."""
