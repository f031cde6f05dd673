"""Frozen selections of tracks: which, why not the others, their cards, credits and exports."""
