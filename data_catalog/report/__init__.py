"""The report: figures counted in DuckDB, charts, one HTML page."""
