"""Where music comes from: one small module a source."""
