"""All scenarios, by name."""

from load_tests.bench import Scenario
from load_tests.scenarios import caching, capacity, redis_failures, sigterm, users

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        *users.SCENARIOS,
        *capacity.SCENARIOS,
        *caching.SCENARIOS,
        *redis_failures.SCENARIOS,
        *sigterm.SCENARIOS,
    )
}
