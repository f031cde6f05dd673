"""What is stored: every table with its columns, types, units and keys."""
