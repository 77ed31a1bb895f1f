"""The only rooms that know a model runtime. Each is imported by `assembly` when it is chosen, never before."""
