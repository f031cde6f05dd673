"""Which licence is meant, and what it allows."""
