"""Audio in, numbers out: pure functions on arrays, no catalog, no orchestration."""
