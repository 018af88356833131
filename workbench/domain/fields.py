"""The one field table: every canonical field, its name in each system, and what may be done with it.

Connectworks names are JSON pointers into the gateway's record; XPM names are the JSON (camelCase) names
of Xero's OpenAPI file, from which the XML names follow. Read and write names differ in XPM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from workbench.domain.errors import UnknownField

Side = Literal["connectworks", "xpm"]
CONNECTWORKS: Final = "connectworks"
XPM: Final = "xpm"
SIDES: Final[tuple[Side, Side]] = (CONNECTWORKS, XPM)
SIDE_LABELS: Final = {CONNECTWORKS: "Connectworks", XPM: "XPM"}

Kind = Literal["code", "name", "email", "website", "phone", "address", "date", "identifier", "tax", "text"]
Resource = Literal["client", "contact", "link"]
ADDRESS_PARTS: Final = ("lines", "suburb", "city", "region", "postcode", "country")


def other_side(side: str) -> Side:
    """Name the side that is not `side`."""
    return XPM if side == CONNECTWORKS else CONNECTWORKS


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field.

    Parameters
    ----------
    name : str
        The canonical name; also the column of a clients frame, or, for an address, the column's prefix.
    label : str
        What people call it on screen.
    kind : str
        Which notion of equality and which normal form it has.
    connectworks : str, optional
        JSON pointer in the gateway's record, for reading and writing.
    xpm_read, xpm_write : str, optional
        XPM's JSON names; a dot goes into a nested object. An address gives five names, parted by commas:
        lines, city, region, postcode, country (XPM has no suburb).
    xpm_resource : str
        Which XPM resource holds it: the client itself, or its primary contact.
    compared : bool
        Whether a differences frame has a row for it.
    pushable : bool
        Whether a person may send it to the other system.
    masked : bool
        Whether screens and frames hide it unless asked.
    """

    name: str
    label: str
    kind: Kind
    connectworks: str | None = None
    xpm_read: str | None = None
    xpm_write: str | None = None
    xpm_resource: Resource = "client"
    compared: bool = False
    pushable: bool = False
    masked: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a clients frame which hold this field."""
        if self.kind != "address":
            return (self.name,)
        prefix = self.name.removesuffix("_address")
        return tuple(f"{prefix}_{part}" for part in ADDRESS_PARTS)


_PHYSICAL = "address,city,region,postCode,country"
_POSTAL = "postalAddress,postalCity,postalRegion,postalPostCode,postalCountry"

FIELDS: Final[tuple[Field, ...]] = (
    # What the sync panel of Connectworks' own add-on lists, in its order.
    Field("email", "Email", "email", "/email", "email", "email", compared=True, pushable=True),
    Field("website", "Website", "website", "/website", "website", "webSite", compared=True, pushable=True),
    Field(
        "primary_phone",
        "Primary phone",
        "phone",
        "/primary_phone",
        "phone",
        "phone",
        compared=True,
        pushable=True,
    ),
    Field(
        "other_phone",
        "Other phone",
        "phone",
        "/other_phone",
        "mobile",
        "mobile",
        "contact",
        compared=True,
        pushable=True,
    ),
    Field(
        "physical_address",
        "Physical address",
        "address",
        "/physical_address",
        _PHYSICAL,
        _PHYSICAL,
        compared=True,
        pushable=True,
        masked=True,
    ),
    Field(
        "postal_address",
        "Postal address",
        "address",
        "/postal_address",
        _POSTAL,
        _POSTAL,
        compared=True,
        pushable=True,
        masked=True,
    ),
    # Compared, never pushed: no article of the vendor says that these are synchronised.
    Field("legal_name", "Name", "name", "/legal_name", "name", compared=True),
    Field(
        "date_of_birth", "Date of birth", "date", "/date_of_birth", "dateOfBirth", compared=True, masked=True
    ),
    Field(
        "company_number", "Company number", "identifier", "/company_number", "companyNumber", compared=True
    ),
    Field("nzbn", "NZBN", "identifier", "/nzbn", "businessNumber", compared=True),
    # XPM masks tax numbers on reading (only the last three digits are true).
    Field("tax_number", "Tax number", "tax", "/tax_id", "taxNumber", compared=True, masked=True),
    # Evidence, filters and queues.
    Field("client_id", "Id", "code", "/id", "uuid"),
    Field("nature", "Nature", "code", "/nature"),
    Field("entity_type", "Type", "code", "/entity_type"),
    Field("entity_subtype", "Subtype", "code", "/entity_subtype"),
    Field("structure", "Structure", "text", "/entity_type", "businessStructure"),
    Field("lifecycle", "State", "code", "/lifecycle"),
    Field("country", "Country", "code", "/country"),
    Field("business_unit", "Business unit", "text", "/business_unit"),
    Field("deceased", "Deceased", "code", "/deceased", "dateOfDeath"),
    Field("verified_fields", "AML-verified fields", "code"),
    Field("contact_id", "Primary contact", "code"),
    Field("email_source", "Email taken from", "code"),
    Field("trading_name", "Trading name", "name", "/trading_name"),
    Field("first_name", "First name", "name", "/first_name", "firstName"),
    Field("middle_name", "Middle name", "name", "/middle_name", "middleName"),
    Field("last_name", "Last name", "name", "/last_name", "lastName"),
    Field("preferred_name", "Preferred name", "name", "/preferred_name", "otherName"),
    Field("client_reference", "Client reference", "text", "/client_reference", "clientCode"),
    Field("partner", "Partner", "text", "/partner", "accountManager.name"),
    Field("manager", "Manager", "text", "/manager", "jobManager.name"),
    Field("groups", "Groups", "text"),
    Field("custom_fields", "Custom fields", "text"),
    Field("abn", "ABN", "identifier", "/abn"),
    Field("linked_id", "Linked to", "code", "/xpm_link/uuid"),
    Field("updated_at", "Changed at", "code", "/updated_at"),
)

BY_NAME: Final = {field.name: field for field in FIELDS}
COMPARED: Final = tuple(field.name for field in FIELDS if field.compared)
PUSHABLE: Final = tuple(field.name for field in FIELDS if field.pushable)
COLUMNS: Final = ("side", *(column for field in FIELDS for column in field.columns))


def field_named(name: str) -> Field:
    """Give the row of the field table called `name`.

    Raises
    ------
    UnknownField
        If there is no such field.
    """
    try:
        return BY_NAME[name]
    except KeyError:
        raise UnknownField(
            f"There is no field called “{name}”.", f"The compared fields are {', '.join(COMPARED)}."
        ) from None


def label_of(name: str) -> str:
    """Give the words that people use for a field; a service's own name, or its path, stands for itself."""
    field = BY_NAME.get(name)
    words = re.sub(r"[_/]+|(?<=[a-z])(?=[A-Z])", " ", name)
    return field.label if field else words.strip().capitalize()
