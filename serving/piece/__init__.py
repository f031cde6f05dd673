"""From a request to a finished, measured and labelled piece."""
