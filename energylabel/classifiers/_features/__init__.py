"""Features of texts without a network: vectorisers, and the models fitted on them."""
