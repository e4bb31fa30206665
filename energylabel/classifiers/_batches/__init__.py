"""What goes into a network beside a text: what pads its batch, and what earlier calls left."""
