"""A stranger's checked folder → a network, ready to run; its tokens and its limits."""
