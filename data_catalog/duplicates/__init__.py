"""Which tracks hold the same recording, and the evidence for it."""
