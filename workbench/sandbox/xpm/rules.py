"""What XPM accepts in a write, and how a client changes by it.

Allowed values are those of Xero's developer pages; what they leave open is a dial.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from workbench.sandbox.state import Record
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.practice import Practice
from workbench.sandbox.xpm.shapes import SHAPES, words

_MONTHS = words("jan feb mar apr may jun jul aug sep oct nov dec")
_GST_PERIODS = {1: "Monthly", 2: "2 Monthly", 6: "6 Monthly"}
_CHOICES: dict[str, tuple[str, ...]] = {
    "gstBasis": ("Invoice", "Payment", "Hybrid"),
    "provisionalTaxBasis": ("Standard Option", "Estimate Option", "Ratio Option"),
    "agencyStatus": ("With EOT", "Without EOT", "Unlinked"),
    "returnType": ("IR3", "IR3NR", "IR4", "IR6", "IR7", "IR9", "PTS"),
    **dict.fromkeys(
        words(
            "isProspect gstRegistered prepareGst signedTaxAuthority prepareActivityStatement "
            "prepareTaxReturn activeAtoClient"
        ),
        ("Yes", "No"),
    ),
}
_DATES = frozenset({"dateOfBirth", "dateOfDeath"})
_STAFF = {"accountManagerUuid": "accountManager", "jobManagerUuid": "jobManager"}
_STRUCTURES = ("Individual", "Company", "Trust", "Partnership", "Limited Partnership", "Estate", "Other")

#: Fields that an update with the fault blank_omitted wipes.
BLANKABLE = frozenset(
    words(
        "email phone fax website address city region postCode country postalAddress postalCity "
        "postalRegion postalPostCode postalCountry referralSource exportCode"
    )
)
#: Fields that the fault reformat rewrites.
_REFORMATTED = frozenset({"phone", "fax", "postCode", "postalPostCode", "mobile"})


def apply_client(
    practice: Practice, client: Record, sent: Record, dials: Record, fault: str | None
) -> set[str]:
    """Change a client by what was sent and return the names of the fields that changed.

    Parameters
    ----------
    practice : Practice
    client : dict
        The client as kept; changed in place.
    sent : dict
        The request in names of writing; `uuid` and `contacts` are not looked at.
    dials : dict
    fault : str or None
        A fault that this function has to carry out.

    Raises
    ------
    BusinessError
        When a value is not acceptable; the client must then not be kept.
    """
    writable = {member.name for member in SHAPES["clientWrite"]} - {"uuid", "contacts"}
    before = dict(client)
    for name in [name for name in sent if name in writable]:
        _set(practice, client, name, sent[name], dials)
    if fault == "blank_omitted":
        kept = {_read_name(name) for name in sent}
        client.update({name: "" for name in BLANKABLE - kept if client.get(name)})
    if fault == "reformat":
        reformat(client, {_read_name(name) for name in sent})
    return {name for name in client if client[name] != before.get(name)}


def reformat(record: Record, names: set[str]) -> None:
    """Rewrite phone numbers and postcodes as a server with formats of its own would."""
    for name in names & _REFORMATTED:
        if record.get(name):
            record[name] = re.sub(r"[\s()-]+", "", record[name])


def require(sent: Record, name: str, path: str) -> Any:
    """Return a value that has to be there.

    Raises
    ------
    BusinessError
        Naming the element's path, when it is missing or blank.
    """
    value = sent.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise BusinessError(f"Missing required element: {path}")
    return value


def check_date(name: str, value: str) -> str:
    """Return a day as ``yyyy-MM-dd``, or raise BusinessError."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value or ""):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise BusinessError(f"{name} is not a valid date, expected yyyy-MM-dd")


def check_yes_no(name: str, value: str | None) -> str | None:
    """Return ``Yes``, ``No`` or None, or raise BusinessError."""
    return None if value in (None, "") else _choice(name, str(value), ("Yes", "No"))


def check_length(name: str, value: Any, dials: Record) -> None:
    """Refuse a text above the longest allowed."""
    if isinstance(value, str) and dials["max_length"] and len(value) > dials["max_length"]:
        raise BusinessError(f"{name} is longer than {dials['max_length']} characters")


def _set(practice: Practice, client: Record, name: str, value: Any, dials: Record) -> None:
    """Set one field from its name and value of writing."""
    if name == "isProspect" and not dials["prospect_settable"]:
        return
    if value is None:
        if dials["json_null"] == "ignored":
            return
        value = ""
    if isinstance(value, str) and not value.strip():
        _clear(client, name, dials)
        return
    check_length(name, value, dials)
    if name in _STAFF:
        staff = practice.record("staff", value)
        client[_STAFF[name]] = {"uuid": staff["uuid"], "name": staff["name"]}
    elif name == "billingClientUuid":
        other = practice.client(value)
        client["billingClient"] = {"uuid": other["uuid"], "name": other["name"]}
    elif name == "autoBasOptInCriteria":
        client[name] = {**(client.get(name) or {}), **value}
    else:
        client[_read_name(name)] = _checked(practice, name, value, dials)


def _checked(practice: Practice, name: str, value: Any, dials: Record) -> Any:
    if name in _DATES:
        return check_date(name, value)
    if name in _CHOICES:
        return _choice(name, value, _CHOICES[name])
    special: dict[str, Callable[[], Any]] = {
        "balanceMonth": lambda: _month(value),
        "gstPeriod": lambda: _gst_period(value),
        "provisionalTaxRatio": lambda: _ratio(value),
        "businessStructure": lambda: _structure(practice, value, dials),
        "taxNumber": lambda: _tax_number(value, dials),
    }
    return special[name]() if name in special else str(value)


def _clear(client: Record, name: str, dials: Record) -> None:
    """Apply the field's clearing policy."""
    if name == "name":
        raise BusinessError("Missing required element: Client/Name")
    policy = dials["clearing"].get(name, dials["clearing"].get("*", "clears"))
    if policy == "refuses":
        raise BusinessError(f"{name} cannot be cleared")
    if policy == "ignores":
        return
    target = _STAFF.get(name, {"billingClientUuid": "billingClient"}.get(name, _read_name(name)))
    textual = target not in (
        "accountManager",
        "jobManager",
        "billingClient",
        "provisionalTaxRatio",
        "balanceMonth",
    )
    client[target] = "" if textual and dials["cleared_reads"] == "empty" else None


def _read_name(name: str) -> str:
    return "website" if name == "webSite" else name


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    for choice in allowed:
        if choice.lower() == str(value).strip().lower():
            return choice
    raise BusinessError(f"{name} is not one of {', '.join(allowed)}")


def _month(value: str) -> int:
    text = str(value).strip().lower()
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 12:
        return int(text)
    if len(text) >= 3 and text[:3] in _MONTHS:
        return _MONTHS.index(text[:3]) + 1
    raise BusinessError("balanceMonth is not a month")


def _gst_period(value: int) -> str:
    if value not in _GST_PERIODS:
        raise BusinessError("gstPeriod is not one of 1, 2, 6")
    return _GST_PERIODS[value]


def _ratio(value: float) -> float:
    if not math.isfinite(value):
        raise BusinessError("provisionalTaxRatio is not a number")
    return float(value)


def _structure(practice: Practice, value: str, dials: Record) -> str:
    if dials["unknown_structure"] == "accepted":
        return value
    used = {client.get("businessStructure") for client in practice.state.all(practice.kind("client"))}
    known = sorted({str(name) for name in used if name} | set(_STRUCTURES))
    try:
        return _choice("businessStructure", value, tuple(known))
    except BusinessError as error:
        raise BusinessError("businessStructure is not one of the practice's business structures") from error


def _tax_number(value: str, dials: Record) -> str:
    if "*" in value and dials["masked_tax_write"] == "refused":
        raise BusinessError("taxNumber is not a valid tax number")
    return value
