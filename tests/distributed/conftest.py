"""Tests that need the `distributed` extra: `make test-distributed`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("ray") else ["test_*.py"]
