"""How the service comes and goes: ports, processes, signals. Knows HTTP connections, but neither API nor models."""
