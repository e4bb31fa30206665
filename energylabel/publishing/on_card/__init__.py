"""Our block in a model card: which labels it shows, in which order, and where it stands."""
