"""Normal forms: one module per kind of value, used alike by linking, comparing and checking."""
