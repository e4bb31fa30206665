"""A model that only the caller's process has: asked there, beside a worker with all the rest."""
