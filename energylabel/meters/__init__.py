"""How energy and processor time are counted: one file per meter."""
