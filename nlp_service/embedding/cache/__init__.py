"""Places where vectors are remembered. Each holds to the contract of `contracts.VectorCache`."""
