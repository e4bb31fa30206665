"""Fixtures for all tests live beside what they make."""

pytest_plugins = [
    "support.parallel",
    "support.tiny_models",
    "support.tiny_nli",
    "support.tiny_lms",
    "support.rated",
    "support.act",
    "support.command",
    "support.series_runs",
    "hub.fixtures",
    "hub.npm_client",
]
