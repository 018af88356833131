"""Rows of named texts put into the records that each system really gives."""

from typing import Any

from .dice import Dice
from .sides import PARTS, Row, XpmContact

Record = dict[str, Any]
_CONNECTWORKS_TEXTS = (
    "entity_subtype", "trading_name", "first_name", "middle_name", "last_name", "preferred_name",
    "client_reference", "practice_management_id", "country", "deceased", "business_unit", "partner",
    "manager", "email", "website", "primary_phone", "other_phone",
)  # fmt: skip
_XPM_TEXTS = {
    "name": "legal_name",
    "firstName": "first_name",
    "middleName": "middle_name",
    "lastName": "last_name",
    "otherName": "preferred_name",
    "email": "email",
    "dateOfBirth": "date_of_birth",
    "phone": "primary_phone",
    "fax": "fax",
    "website": "website",
    "companyNumber": "company_number",
    "businessStructure": "structure",
    "clientCode": "client_reference",
}


def connectworks_record(row: Row, linked_at: str | None, updated_at: str) -> Record:
    """Give the gateway's record of a row; the etag is left to the server."""
    record: Record = {
        "id": row["client_id"],
        "nature": row["nature"],
        "entity_type": row["entity_type"],
        "lifecycle": row["lifecycle"],
        "legal_name": row["legal_name"],
    }
    record |= {name: row.get(name) for name in _CONNECTWORKS_TEXTS}
    record |= {f"{prefix}_address": _six_parts(row, prefix) for prefix in ("physical", "postal")}
    record |= {name: row.get(name) for name in ("nzbn", "company_number", "abn", "date_of_birth")}
    record["tax_id"] = row.get("tax_number")
    verified = "verified" if row.get("verified") else None
    record["evidence"] = {
        "legal_name": verified,
        "date_of_birth": verified if row.get("date_of_birth") else None,
    }
    # A check of an individual verifies the address, too (AML/CFT Act 2009, s 15).
    if verified and row.get("date_of_birth") and record["physical_address"]:
        record["evidence"]["physical_address"] = verified
    linked = row.get("linked_id")
    record["xpm_link"] = {"uuid": linked, "linked_at": linked_at} if linked else None
    record["addon_refreshed_at"] = linked_at if linked else None
    record["updated_at"] = updated_at
    return record


def _six_parts(row: Row, prefix: str) -> Record | None:
    parts: Record = {part: row.get(f"{prefix}_{part}") for part in PARTS}
    if not any(parts.values()):
        return None
    parts["lines"] = (parts["lines"] or "").split("\n")
    return parts


def xpm_client(dice: Dice, row: Row, tax_number: str | None) -> Record:
    """Give XPM's detailed client of a row, with the tax number in clear.

    A text that nobody entered is null in some clients and empty in others, as in life.
    """
    blank = "" if dice.chance(0.5) else None
    client: Record = {"uuid": row["client_id"]}
    client |= {name: row.get(column) for name, column in _XPM_TEXTS.items()}
    if row.get("email_source"):
        client["email"] = None
    for prefix, name in (("physical", ""), ("postal", "postal")):
        for part, suffix in zip(PARTS, ("Address", "", "City", "Region", "PostCode", "Country"), strict=True):
            if suffix:
                key = name + suffix if name else suffix[0].lower() + suffix[1:]
                client[key] = row.get(f"{prefix}_{part}")
    for name in ("email", "website", "phone", "region", "postalRegion", "fax"):
        client[name] = client[name] if client[name] is not None else blank
    lifecycle = row["lifecycle"]
    client |= {
        "isProspect": _yes(lifecycle == "prospect"),
        "isArchived": _yes(lifecycle == "archived"),
        "isDeleted": _yes(lifecycle == "deleted"),
        "dateOfDeath": row.get("date_of_death"),
        "taxNumber": tax_number,
        "businessNumber": row.get("abn") or row.get("nzbn"),
    }
    return client | _tax_block(dice, row) | {"notes": [], "contacts": [], "customFields": []}


def _tax_block(dice: Dice, row: Row) -> Record:
    """Give what XPM keeps for tax; some clients have none of it."""
    if row["country"] != "NZ" or row["lifecycle"] == "prospect":
        return {"gstRegistered": "No"}
    business = row["entity_type"] not in {"individual", "estate"} or dice.chance(0.2)
    returns = {"individual": "IR3", "company": "IR4", "trust": "IR6", "partnership": "IR7", "estate": "IR6"}
    block: Record = {
        "balanceMonth": 3 if dice.chance(0.9) else dice.number(4, 12),
        "gstRegistered": _yes(business),
        "signedTaxAuthority": _yes(dice.chance(0.8)),
        "agencyStatus": "With EOT" if dice.chance(0.8) else "Unlinked",
        "returnType": returns.get(str(row["entity_type"]), "IR7"),
    }
    if business:
        block |= {"gstPeriod": dice.pick(("2 Monthly", "6 Monthly", "Monthly")), "gstBasis": "Payment"}
    return block


def _yes(true: bool) -> str:
    return "Yes" if true else "No"


def xpm_contact(contact: XpmContact) -> Record:
    """Give a contact card as XPM holds it."""
    return {
        "uuid": contact.contact_id,
        "name": contact.name,
        "salutation": contact.name.split(" ")[0],
        "addressee": contact.name,
        "mobile": contact.mobile,
        "email": contact.email,
        "phone": None,
    }
