"""The GPU check, one file for each job; ``gpu_check.py`` and ``gpu_report.py`` start it."""
