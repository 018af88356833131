"""Whose clients are whose: by partner and manager, and by group, type, structure or custom field."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from workbench.domain.frames import Clients, as_links
from workbench.domain.people import AccessSettings, Identity, PersonSettings
from workbench.reconcile.queues import theirs

HERE = pd.DataFrame(
    {
        "client_id": ["c1", "c2", "c3"],
        "partner": ["Māia Reed", None, None],
        "entity_type": ["company", "trust", "limited_partnership"],
    }
)
THERE = pd.DataFrame(
    {
        "client_id": ["x1", "x2"],
        "manager": [None, "Jo Lim"],
        "groups": ["Audit; Rātā Family", None],
        "structure": ["LTC", "Family Trust"],
        "custom_fields": [None, "Language: Te reo Māori; Post: yes"],
    }
)
LINKS = as_links(pd.DataFrame({"connectworks_id": ["c1", "c2"], "xpm_id": ["x1", "x2"]}))


@pytest.mark.parametrize(
    ("queue", "found"),
    [
        ({"partners": ("maia reed",)}, {"c1", "x1"}),
        ({"managers": ("Jo Lim",)}, {"c2", "x2"}),
        ({"also": ("group: Rata family",)}, {"c1", "x1"}),
        ({"also": ("type: Limited partnership",)}, {"c3"}),
        ({"also": ("structure: Family Trust",)}, {"c2", "x2"}),
        ({"also": ("custom field: Language: Te reo Māori",)}, {"c2", "x2"}),
        ({"partners": ("Māia Reed",), "also": ("type: limited_partnership",)}, {"c1", "x1", "c3"}),
        ({"also": ("group: Family",)}, set()),
    ],
)
def test_a_queue_holds_what_it_names_on_both_sides(
    queue: dict[str, tuple[str, ...]], found: set[str]
) -> None:
    """Whatever capitals and macrons; whole names only; what one system says holds for both records."""
    access = AccessSettings(people=(PersonSettings(sign_in="ann", **queue),))  # type: ignore[arg-type]
    ann = access.person(Identity("ann", "Ann", "", "somebody"))
    assert ann.has_queue
    assert {client for _, client in theirs(Clients(HERE, THERE), LINKS, ann)} == found


@pytest.mark.parametrize("told", ["Audit", "team: Audit", "group:", ""])
def test_a_queue_that_cannot_be_understood_is_refused(told: str) -> None:
    """The settings say how it is written."""
    with pytest.raises(ValidationError, match="group: NAME"):
        PersonSettings(sign_in="ann", also=(told,))
