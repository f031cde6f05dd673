"""What several machines share of a home: its bucket, and copies of files from there."""
