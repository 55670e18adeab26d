"""Plans of qualification: what is simulated, beside which evidence, and what has to come out."""
