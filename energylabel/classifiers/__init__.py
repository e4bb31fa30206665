"""How a model answers: one file per family."""
