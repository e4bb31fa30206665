"""The built-in demo workload: a small help desk classifier and its test texts."""
