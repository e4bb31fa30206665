"""Where the parts of a label go, and how: layout, text as outlines, the plot."""
