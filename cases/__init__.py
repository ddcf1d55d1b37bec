"""What is observed: the cases, a folder a section of ids and a file a topic, and in shared/ what they share."""
