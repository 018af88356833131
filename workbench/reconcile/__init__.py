"""The pure core: normal forms, linking, checking, comparing, suggesting and planning. No network, no disk."""
