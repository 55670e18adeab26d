"""The exam that every hypothesis takes: questions from the evidence, draws of what is assumed, and marks."""
