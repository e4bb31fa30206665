"""Label to artifact: one file per format."""
