"""Waiting sequences of all requests, put together into batches for the encoder."""
