"""Firms on fresh sandboxes, for every test that wants the whole house."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import workbench.door  # noqa: F401 (before Jupyter's own: it leaves out what they load slowly)
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.processes import free_port
from workbench.sandbox import Firm, Sandbox

# A browser that says yes: the sign-in opens it as it would open any other.
os.environ["BROWSER"] = f"{sys.executable} -m workbench.sandbox.visitor %s &"
os.environ["WORKBENCH_SANDBOX_SECRET"] = SANDBOX_SECRET

if find_spec("hypothesis"):  # the environment for Spark goes without it
    from hypothesis import settings

    settings.register_profile("patient", deadline=None)  # a busy machine is no counterexample
    settings.load_profile("patient")

SPEED = 200.0
"""So fast that no test waits for a quota; tests of the quota itself choose their own."""

PAIRS = 24
"""Clients of the small firm whose email and phone differ between the two systems."""

SHARED_CONTACT = "5e1f0000-0000-4000-8000-00000000c0de"


SHARING = ("browser", "door")
"""Folders of which all tests share what takes long to start."""


@pytest.hookimpl(optionalhook=True)  # the environment for Spark goes without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one of several processes take a whole file at a time, or a folder that shares what it starts."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = Path(nodeid.split("::")[0])
            return str(path.parent if path.parent.name in SHARING else path)

    return Together(config, log)


@sa.event.listens_for(sa.pool.Pool, "checkout")
def _spare_the_disk(connection: Any, *_: Any) -> None:
    """Let no test wait for the disk: a ledger outlives a killed process all the same, if not a power cut."""
    connection.execute("PRAGMA synchronous=OFF")


@dataclass
class SandboxFirm:
    """A firm's folder, and the two servers that it points at."""

    folder: Path
    sandbox: Sandbox


@pytest.fixture
def sandbox_firm(tmp_path: Path) -> Iterator[SandboxFirm]:
    """Give the demo firm on its own sandbox; nothing has been pulled yet."""
    with Sandbox.start(speed=SPEED) as sandbox:
        yield SandboxFirm(_folder(tmp_path, sandbox), sandbox)


@contextmanager
def _standing_small_firm(home: Path) -> Iterator[SandboxFirm]:
    with Sandbox.start(speed=SPEED, firm=_small_firm()) as sandbox:
        yield SandboxFirm(_folder(home, sandbox), sandbox)


@pytest.fixture(scope="session")
def stand_small_firm() -> Callable[[Path], AbstractContextManager[SandboxFirm]]:
    """Give what stands a small firm up in a folder, for as long as several tests want it."""
    return _standing_small_firm


@pytest.fixture
def small_firm(tmp_path: Path) -> Iterator[SandboxFirm]:
    """Give a small firm on its own sandbox, linked in Connectworks; nothing has been pulled yet."""
    with _standing_small_firm(tmp_path) as firm:
        yield firm


@pytest.fixture
def sharing_firm(tmp_path: Path) -> Iterator[SandboxFirm]:
    """Give the small firm; its first three XPM clients share one contact with another mobile."""
    firm = _small_firm()
    contact = {"uuid": SHARED_CONTACT, "name": "Kiri Kauri", "mobile": "021 555 0100", "isDeleted": "No"}
    firm.xpm_contacts.append({**dict.fromkeys(("salutation", "addressee", "email", "phone")), **contact})
    for here, there in zip(firm.connectworks[:3], firm.xpm_clients[:3], strict=True):
        here["other_phone"] = "021 555 0199"
        there["contacts"] = [{"uuid": SHARED_CONTACT, "isPrimary": "Yes", "position": None}]
    with Sandbox.start(speed=SPEED, firm=firm) as sandbox:
        yield SandboxFirm(_folder(tmp_path, sandbox), sandbox)


@pytest.fixture
def lonely_firm(tmp_path: Path) -> Iterator[SandboxFirm]:
    """Give the small firm with a company, a trust and a person in XPM alone, and so in Connectworks."""
    firm = _small_firm()
    told = {"name": "Rangiora Orchards Limited", "companyNumber": "9100390", "taxNumber": "012345690"}
    _, company = _pair(90, xpm={**told, "phone": "03 555 0190", "address": "9 Test Rise", "city": "Rangiora"})
    _, person = _pair(91, xpm={"name": "Mere Tōtara", "businessStructure": "Individual", "email": None})
    _, settled = _pair(93, xpm={"name": "Rangiora Orchards Trust", "businessStructure": "Family Trust"})
    only_here = [
        {"legal_name": "Pōhutukawa Bay Trust", "entity_type": "trust", "other_phone": "021 555 0192"},
        {"legal_name": "Ana Rātā", "entity_type": "individual", "first_name": "Ana", "last_name": "Rātā"},
        {"legal_name": "Rātā Nurseries Limited", "company_number": "9100395"},
    ]
    for number, told_here in zip((92, 94, 95), only_here, strict=True):
        firm.connectworks.append(_pair(number, {**told_here, "xpm_link": None})[0])
    for party, role in ((firm.connectworks[0], "shareholder"), (firm.connectworks[-2], "director")):
        told_party = {"id": party["id"], "name": party["legal_name"], "role": role}
        firm.parties.append({"client_id": "cw_000095", **told_party, "since": "2020-04-01", "until": None})
    linked = firm.xpm_clients[0]
    firm.xpm_clients.extend([company, person, settled])
    roles = [(company, person, "Director"), (company, linked, "Shareholder")]
    roles += [(settled, company, "Trustee"), (settled, person, "Trustee"), (settled, linked, "Beneficiary")]
    for number, (held, holder, role) in enumerate(roles):
        firm.xpm_relationships.append(
            {
                "uuid": f"5e1f0000-0000-4000-8000-00000000f00{number}",
                "type": role,
                "clientUuid": held["uuid"],
                "relatedClientUuid": holder["uuid"],
                **dict.fromkeys(("numberOfShares", "percentage", "startDate", "endDate")),
            }
        )
    with Sandbox.start(speed=SPEED, firm=firm) as sandbox:
        yield SandboxFirm(_folder(tmp_path, sandbox), sandbox)


def _folder(tmp_path: Path, sandbox: Sandbox) -> Path:
    """Write the settings; parties, which cost a call for each entity, are left to the tests of systems."""
    able = sandbox.dials("connectworks")["capabilities"]
    sandbox.dials("connectworks", capabilities=[each for each in able if each != "read_parties"])
    folder = tmp_path / "firm"
    write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), SPEED)
    return folder


def _small_firm() -> Firm:
    """Make pairs that differ in email and phone, and records which are easily damaged on their way."""
    odd: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"legal_name": "None"}, {"name": "None"}),
        (
            {"legal_name": "Ngā Pōhutukawa Trust", "lifecycle": "discarded"},
            {"name": "Ngā Pōhutukawa Trust", "isArchived": "Yes", "address": "Unit 2\n12 Rātā Lane"},
        ),
        (
            {"legal_name": "Leading Zero", "tax_id": "012-345-678", "physical_address": _address("0110")},
            {"name": "Leading Zero", "taxNumber": "012345678", "postCode": "0110"},
        ),
        (
            {"legal_name": "Wattle Pty Ltd", "country": "AU", "tax_id": "123456782"},
            {"name": "Wattle Pty Ltd", "taxNumber": "123456782", "country": "Australia"},
        ),
    ]
    pairs = [_pair(number) for number in range(1, PAIRS + 1)]
    pairs[0][1]["customFields"] = _custom_values()
    pairs[0][1]["accountManager"] = {"uuid": "5e1f0000-0000-4000-8000-00000000a001", "name": "Rose Farrow"}
    both = [*pairs, *(_pair(PAIRS + place, *changes) for place, changes in enumerate(odd, start=1))]
    return Firm(
        name="Small Test Practice",
        country="NZ",
        tenant_id="1f2e3d4c-5b6a-4789-8a0b-1c2d3e4f5a6c",
        connectworks=[connectworks for connectworks, _ in both],
        parties=[],
        xpm_staff=[],
        xpm_groups=[],
        xpm_custom_fields=[_custom_field(name, element) for name, element in CUSTOM_FIELDS.items()],
        xpm_contacts=[],
        xpm_clients=[xpm for _, xpm in both],
        xpm_relationships=[],
        truth=[],
    )


_ABSENT = """
    entity_subtype trading_name first_name middle_name last_name preferred_name client_reference
    practice_management_id deceased business_unit partner manager website other_phone physical_address
    postal_address nzbn company_number abn date_of_birth tax_id addon_refreshed_at
"""


CUSTOM_FIELDS = {"Preferred language": "Text", "AML review due": "Date", "What we think of them": "Text"}


def _custom_field(name: str, element: str) -> dict[str, Any]:
    uses = ("Client", "Contact", "Job", "JobTask", "JobCost", "JobTime", "Lead", "Supplier")
    rest = {"type": element, "linkUrl": None, "options": None, "valueElement": element}
    return {
        "uuid": _custom_uuid(name),
        "name": name,
        **rest,
        **{f"use{what}": what == "Client" for what in uses},
    }


def _custom_uuid(name: str) -> str:
    return f"5e1f0000-0000-4000-8000-0000000cf{list(CUSTOM_FIELDS).index(name):03}"


def _custom_values() -> list[dict[str, Any]]:
    values = ({"text": "Te reo Māori; English"}, {"date": "2026-04-01T00:00:00"}, {"text": "Slow payers."})
    return [{"uuid": _custom_uuid(name), **value} for name, value in zip(CUSTOM_FIELDS, values, strict=True)]


def _address(postcode: str) -> dict[str, Any]:
    rest = {"suburb": None, "city": "Whangārei", "region": None, "country": None}
    return {"lines": ["1 Kauri Road"], "postcode": postcode, **rest}


def _pair(
    number: int, connectworks: dict[str, Any] | None = None, xpm: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    uuid = f"5e1f0000-0000-4000-8000-{number:012}"
    name = f"Kahikatea Number {number} Limited"
    here: dict[str, Any] = {
        **dict.fromkeys(_ABSENT.split()),
        "id": f"cw_{number:06}",
        "nature": "client",
        "entity_type": "company",
        "lifecycle": "active",
        "legal_name": name,
        "country": "NZ",
        "email": f"here{number}@kahikatea.example",
        "primary_phone": f"09 555 {number:04}",
        "evidence": {"legal_name": None, "date_of_birth": None},
        "xpm_link": {"uuid": uuid, "linked_at": "2023-01-20T20:03:00Z"},
        "updated_at": "2024-09-21T11:07:00Z",
    }
    there = {
        "uuid": uuid,
        "name": name,
        "email": f"there{number}@kahikatea.example",
        "phone": f"04 555 {number:04}",
        "businessStructure": "Company",
        "isProspect": "No",
        "isArchived": "No",
        "isDeleted": "No",
        "contacts": [],
        "notes": [],
        "customFields": [],
    }
    return here | (connectworks or {}), there | (xpm or {})
