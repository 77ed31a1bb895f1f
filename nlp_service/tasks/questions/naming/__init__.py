"""What clusters and themes are called."""
