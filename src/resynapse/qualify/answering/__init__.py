"""Answers of the model to single claims of the ledger: one module a claim or a group of kin."""
