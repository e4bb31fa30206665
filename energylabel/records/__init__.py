"""Nouns: immutable Pydantic models without I/O, passed along the chain of stages."""
