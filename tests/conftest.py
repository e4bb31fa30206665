"""Fixtures for all tests live beside what they make."""

pytest_plugins = ["support.tiny_models", "hub.fixtures", "hub.npm_client"]
