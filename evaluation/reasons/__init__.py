"""Contact-reason models, scored through the service: decisions, abstention, calibration, out of scope, comparison."""
