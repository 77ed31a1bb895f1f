"""Which clusters of an earlier answer live on, and what has happened to them."""
