"""What was seen since the pull is laid over it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.domain.frames import clients_frame
from workbench.domain.records import Parsed
from workbench.flow.overlay import laid_over

BASE = {"client_id": "x1", "contact_id": "p", "other_phone": "021 old", "phone": "04"}


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"email": "own@x.example", "email_source": "client"}, ("own@x.example", "client", "021 new")),
        ({"email": "old@p.example", "email_source": "contact"}, ("new@p.example", "contact", "021 new")),
        ({}, ("new@p.example", "contact", "021 new")),
        ({"contact_id": "q", "other_phone": "022"}, (None, None, "022")),
        ({"contact_id": None, "other_phone": None}, (None, None, None)),
    ],
)
def test_a_contact_seen_later_stands_in_clients_not_looked_at(
    kept: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    """Its mobile stands in all that share it, its email only where the client has none of its own."""
    base = Parsed(clients_frame([{**BASE, **kept}], "xpm"))
    seen = {"p": {"email": "new@p.example", "other_phone": "021 new"}}
    fresh = Parsed(clients_frame([{"client_id": "x2", "contact_id": "p"}], "xpm"), contacts=seen)
    row = laid_over(base, fresh).clients.set_index("client_id").loc["x1"]
    found = [row[name] for name in ("email", "email_source", "other_phone")]
    assert tuple(None if pd.isna(value) else value for value in found) == expected


def test_a_mobile_that_is_kept_elsewhere_stays() -> None:
    """Where the firm keeps the other phone at the client, a contact changes nothing of it."""
    base = Parsed(clients_frame([BASE], "xpm"))
    fresh = Parsed(clients_frame([], "xpm"), contacts={"p": {"email": None}})
    assert laid_over(base, fresh).clients["other_phone"].tolist() == ["021 old"]
