"""Train contact reasons: head, directions of codes, and the calibration that blends them."""
