"""The memory: the ledger's book and its chain of hashes, and the snapshots of what was received."""
