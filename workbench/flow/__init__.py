"""Conversations of systems and ledger: pull, push, refresh, and the worker that carries them out."""
