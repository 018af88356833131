"""Who may do what is changed in firm.toml, which stays readable, and in the ledger, under a name."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.people import AccessSettings, Identity, PersonSettings
from workbench.flow.appointing import appoint
from workbench.flow.firm import Firm

EMAILS = {"ann": "ann@kowhai.example", "ben": "ben@kowhai.example"}
ANN = PersonSettings(sign_in=EMAILS["ann"], name="Ann", roles=("administer",))
BEN = PersonSettings(sign_in=EMAILS["ben"], name="Ben", roles=("see", "approve"), partners=("A Ngata",))
BOTH = AccessSettings(approval=True, people=(ANN, BEN))
TOML = """
# Ours; ask Ann before you change it.
[firm]
name = "Kōwhai"   # as the clients know it

[connectworks]
base_url = "https://cw.example"
client_id = "c"

[xpm]
client_id = "x"

[access]
people = [{sign_in = "ann@kowhai.example", name = "Ann", roles = ["administer"]}]
"""


@pytest.fixture
def as_person(tmp_path: Any) -> Any:
    """Give what opens a firm as one of its people; only Ann administers it."""
    (tmp_path / "firm.toml").write_text(TOML, encoding="utf-8")
    return lambda who: Firm(tmp_path, identity=Identity("s", who, EMAILS[who], "https://id.example"))


def test_a_change_keeps_comments_and_is_told(as_person: Any) -> None:
    """The new people count at once for a firm that is open already; other lines stay; history says who."""
    firm, other = as_person("ann"), as_person("ben")
    assert not other.who.may("see")
    appoint(firm, firm.access, BOTH, "ben may approve")
    assert other.access == BOTH
    assert other.who.may("approve")
    text = (firm.folder / "firm.toml").read_text(encoding="utf-8")
    assert "# Ours; ask Ann before you change it." in text
    assert 'name = "Kōwhai"   # as the clients know it' in text
    [told] = firm.book.events(kinds={"configured"})
    assert (told.by, told.body["what"]) == (EMAILS["ann"], "ben may approve")
    appoint(firm, BOTH, AccessSettings(people=(ANN,)), "rights taken from ben")
    assert not other.who.may("see")


def test_only_administrators_change_it_and_never_from_a_stale_page(as_person: Any) -> None:
    """Others are refused; so is a change of what somebody else changed meanwhile."""
    firm = as_person("ann")
    before = firm.access
    with pytest.raises(NotAllowedHere):
        appoint(as_person("ben"), before, BOTH, "ben may do more")
    appoint(firm, before, BOTH, "ben may approve")
    with pytest.raises(BadInput, match="Somebody else changed this meanwhile"):
        appoint(firm, before, AccessSettings(people=(ANN,)), "nothing")
    assert firm.access == BOTH


def test_nobody_shuts_themselves_out(as_person: Any) -> None:
    """An administrator cannot take their own right away, so that one is always left."""
    firm = as_person("ann")
    for people in ((BEN,), (ANN.model_copy(update={"roles": ("see",)}), BEN)):
        with pytest.raises(BadInput, match="shut yourself out"):
            appoint(firm, firm.access, AccessSettings(people=people), "nothing")
