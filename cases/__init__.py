"""What is observed: the cases, a topic a file, and what they share."""
