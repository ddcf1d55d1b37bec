"""What every room needs: files, errors, words, and the way to the terminal."""
