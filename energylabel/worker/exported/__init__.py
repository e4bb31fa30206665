"""Networks that another runtime than PyTorch executes: exported elsewhere, opened and compared."""
