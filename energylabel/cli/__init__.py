"""The command line: what people type → jobs and calls; what came of them → words and exit codes."""
