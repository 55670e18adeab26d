"""From measurements back to parameters: small recorded fits of this project, and one person's own concentrations."""
