"""A package of its own, so that the one door, and the secrets around it, end with the last of its tests."""
