"""Stage *receptor to synapse*: values of the default wiring given the seen build rows of the mechanism evidence."""
