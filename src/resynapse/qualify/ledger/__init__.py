"""The ledger as one page: answers kept with what they hang on, so that all claims can be looked at in seconds."""
