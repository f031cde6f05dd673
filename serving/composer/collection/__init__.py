"""The demo collection: composed tracks with planted copies and broken files."""
