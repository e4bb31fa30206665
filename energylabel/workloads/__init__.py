"""Workload definitions, one TOML file each, and the embedded demo."""
