"""Questions in words: the prompt, what a language model says after it, and the label that names."""
