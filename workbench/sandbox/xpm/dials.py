"""What is assumed about XPM 3.1, as dials: each can be turned while the server runs."""

from __future__ import annotations

from typing import Any

from workbench.sandbox import identity

DIALS: dict[str, Any] = {
    **identity.DIALS,
    # Content negotiation: "strict" obeys Accept and Content-Type, "legacy" answers XML unless the
    # caller sends the feature flag. What no preference gets is not documented.
    "content": "strict",
    "any_accept": "xml",
    # HTTP status of business errors in JSON: "yaml" (as declared per operation), or a number.
    # In XML they always come with 200.
    "json_errors": "yaml",
    # How the last page says that it is: pagination.links.next "absent", "null" or "empty".
    "last_page": "absent",
    "paged_list_tax_fields": True,
    "search_archived": False,
    "modifiedsince_inactive": True,  # whether the change feed has archived and deleted clients
    # Clearing by an empty value, per field: "clears", "ignores" or "refuses"; "*" is the rest.
    "clearing": {
        "*": "clears",
        "dateOfBirth": "ignores",
        "dateOfDeath": "ignores",
        "accountManagerUuid": "ignores",
        "jobManagerUuid": "ignores",
        "billingClientUuid": "ignores",
        "businessStructure": "ignores",
        "balanceMonth": "ignores",
        "gstPeriod": "ignores",
    },
    # What a JSON null does: "ignored", or "clears" as an empty value does.
    "json_null": "ignored",
    # How a cleared text reads: "empty" or "null".
    "cleared_reads": "empty",
    "unknown_fields": "ignored",  # or "refused"
    "unknown_structure": "refused",  # or "accepted"
    "masked_tax_write": "refused",  # or "accepted": the mask is stored as if it were the number
    "prospect_settable": False,
    "max_length": None,  # of any text; none is published
    # A write to a deleted client: "conflict" (409) or "unknown" (as if it did not exist).
    "deleted_client": "conflict",
    # Whether an edit of these bumps the client for modifiedsince.
    "relationships_touch_client": False,
    "custom_fields_touch_client": False,
    "granular_definitions": False,  # whether granular scopes suffice for custom field definitions
    "relationship_tag": "Relationship",
    # Limits per application and tenant, and per application.
    "limit_concurrent": 5,
    "limit_per_minute": 60,
    "limit_per_day": 5000,
    "limit_app_per_minute": 10000,
}
