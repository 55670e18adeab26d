"""One claim a file, in alphabetical order; the file is called like the hypothesis."""
