"""The routes, one module a group. A route reads its body, makes one call and wraps the answer; it decides nothing."""
