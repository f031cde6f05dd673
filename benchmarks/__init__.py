"""Ratios against what a user would use instead; ``README.md`` keeps the tables."""
