"""Load that changes over time. Locust takes one of these files after its own: `-f load_tests/locustfile.py,…`."""
