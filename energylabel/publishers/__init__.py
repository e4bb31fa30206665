"""Label → somewhere that people see it: a folder, a model card, the Hub."""
