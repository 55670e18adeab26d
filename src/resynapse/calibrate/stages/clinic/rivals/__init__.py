"""The clinic's stage for every explanation on file, by a quicker method than that of the default chain."""
