"""The first stage: KPK-1's values and how they differ between people, from pharmacokinetic rows of role build."""
