"""Which questions ask the same: clusters, and the themes over them."""
