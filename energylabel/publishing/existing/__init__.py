"""Labels that there are: in a folder, on the Hub, and whether one still stands."""
