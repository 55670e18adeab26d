"""The mechanism observations as questions to a chain, and how likely each is: what a fit and the exam share."""
