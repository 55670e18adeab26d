"""From measurements back to parameters: one person's concentrations against a theory and its spread between people."""
