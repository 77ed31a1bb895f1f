"""The review queue: which texts people should look at, the table they fill, and what they decided."""
