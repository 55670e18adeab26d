"""Formats of others: what this project writes for their tools."""
