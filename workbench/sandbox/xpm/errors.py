"""How an operation refuses."""

from __future__ import annotations


class BusinessError(Exception):
    """A business rule was broken.

    Attributes
    ----------
    status : int
        HTTP status wished for in JSON; used where the operation declares it.
    """

    def __init__(self, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
