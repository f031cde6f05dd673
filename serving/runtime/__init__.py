"""The running service: jobs, engines' processes, live music."""
