"""Which pitches sound: chroma, key, and the names of keys."""
