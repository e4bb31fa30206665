"""Energy and accuracy labels for text classifiers."""

__version__ = "0.1.0"
