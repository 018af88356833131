"""What is assumed about the gateway, each a dial with the default that the contract suggests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CAPABILITIES = (
    "read",
    "read_contacts",
    "read_parties",
    "write_fields",
    "write_links",
    "clear_fields",
    "etag",
    "updated_since",
    "create",
)

DIALS: Mapping[str, Any] = {
    "capabilities": list(CAPABILITIES),
    "auth": "oauth2",  # "none": no sign-in, as a gateway inside the firm might have it
    "access_token_s": 5_182_643,
    "code_s": 600,
    "refresh_rotates": False,  # whether each use of a refresh token gives a new one and ends the old
    "limit_per_minute": 60,
    "limit_concurrent": 10,
    "page_most": 200,
    "total_given": True,
    "omit_nulls": False,  # whether keys without a value are left out of records
    "writable_fields": [
        "email",
        "website",
        "primary_phone",
        "other_phone",
        "physical_address",
        "postal_address",
    ],
    "from_required": True,
    "if_match_required": False,
    "idempotency_keeps": "success",  # "all": refusals are repeated too
    "link_unique": True,  # whether one XPM client may be linked to one record only
    "discarded_listed": True,
}
