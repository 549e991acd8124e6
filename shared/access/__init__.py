"""Who asks: the tokens that say so, and the keys of the local system."""
