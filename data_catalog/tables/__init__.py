"""How it is stored: commits, reads of any version, views, and the catalog as one file."""
