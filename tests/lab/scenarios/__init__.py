"""What the laboratory proves: one story a file."""
