"""What the shapes have in common: the number of users (`-u`) and the time (`-t`) come from the command line."""

from collections.abc import Callable
from typing import Any

from locust import LoadTestShape


class CurveShape(LoadTestShape):
    """As many users as a curve says, until the time is over."""

    abstract = True
    use_common_options = True
    curve: Callable[[float, float, int], int]

    def tick(self) -> tuple[int, float] | None:
        """Called by Locust every second."""
        options: Any = self.runner.environment.parsed_options
        whole, users = float(options.run_time or 300), int(options.num_users or 8)
        passed = self.get_run_time()
        # Whoever is wanted comes at once: the curves do the spreading.
        return None if passed >= whole else (type(self).curve(passed, whole, users), float(users))
