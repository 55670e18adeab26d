"""Explanations compared by what they predict of `verify` evidence, weighed, and averaged."""
