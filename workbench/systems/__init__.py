"""The outside: how the two services are spoken to. Code asks abilities, never names."""
