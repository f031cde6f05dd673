"""The stages as Prefect flows, and the command line over the same functions."""
