"""Pull requests with labels: which there are, what they bring, and what stands above them."""
