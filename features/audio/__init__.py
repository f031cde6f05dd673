"""Audio files: what they are, what they claim, their samples, their tags, and writing them."""
