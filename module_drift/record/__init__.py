"""What is on disk: goldens and their history, causes, and the runs that were verified."""
