"""From measurements back to parameters: one person's concentrations, and the project's own small recorded fits."""
