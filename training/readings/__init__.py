"""Labels that were given by reading: kept without their texts, put beside them again where the data lies."""
