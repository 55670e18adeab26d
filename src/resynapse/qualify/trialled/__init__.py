"""Answers to the claims about people and trials: courses of many drawn people, and trials that are run again."""
