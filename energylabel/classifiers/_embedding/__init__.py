"""Vectors of texts: sentence-transformers' files, pooling, static tables."""
