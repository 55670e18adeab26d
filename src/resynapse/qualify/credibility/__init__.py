"""Whether predictions may be relied on for a question: stated once, then filled in from what was executed."""
