"""How linking decides: plain values, so that linking two frames needs nothing of a firm's file."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Final, Literal, get_args

LINK_AT: Final = 0.9
"""Match probability from which clients are suggested as a link."""
MARGIN: Final = 2.0
"""By how many bits clients must beat each record's runner-up."""
Cardinality = Literal["one_to_one", "many_to_one", "one_to_many", "many_to_many"]


@dataclass(frozen=True, kw_only=True)
class LinkSettings:
    """How linking decides.

    Parameters
    ----------
    link_at : float, optional
        Match probability from which a pair is suggested as a link. Unset, it is `LINK_AT`; lists that do not
        say what their records are go by where most is expected to be right.
    margin : float, optional
        By how many bits it must beat each record's runner-up. Unset, it is `MARGIN`; in such lists, any.
    review_at : float
        Match probability from which a pair is shown at all.
    cardinality : str, optional
        Whether one record may be several of the other side: ``one_to_one``, ``many_to_one`` (several
        Connectworks records may be one of XPM), ``one_to_many`` or ``many_to_many``. Unset, clients are
        linked one to one; lists that do not say what their records are go by how often each side's records
        stand twice.
    learn : bool
        Whether lists that do not say what their records are may teach how often their fields differ. What is
        learned serves that one comparison and is kept nowhere.

    Raises
    ------
    ValueError
        If a value is out of range; the message names it.
    """

    # Read by pydantic where these are a part of a firm's settings: a misspelt name is refused.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    link_at: float | None = None
    margin: float | None = None
    review_at: float = 0.02
    cardinality: Cardinality | None = None
    learn: bool = True

    def __post_init__(self) -> None:
        for name in ("link_at", "review_at"):
            at = getattr(self, name)
            if at is not None and not 0 < at < 1:
                raise ValueError(f"{name} must lie between 0 and 1")
        if self.margin is not None and not 0 <= self.margin < inf:
            raise ValueError("margin must not be below 0")
        if self.cardinality not in (None, *get_args(Cardinality)):
            raise ValueError(f"cardinality must be one of {', '.join(get_args(Cardinality))}")

    @property
    def line(self) -> float:
        """The match probability from which clients are suggested as a link."""
        return LINK_AT if self.link_at is None else self.link_at

    @property
    def lead(self) -> float:
        """The bits by which clients must beat each record's runner-up."""
        return MARGIN if self.margin is None else self.margin
