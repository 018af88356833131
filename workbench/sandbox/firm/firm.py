"""The shape of an invented firm: both systems' records and the truth behind them."""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Firm:
    """One invented firm as both systems hold it.

    Parameters
    ----------
    name, country, tenant_id : str
        The firm's name, its country (``NZ`` or ``AU``) and its Xero tenant.
    connectworks : list of dict
        Records as the gateway gives them, without the etag, which the server computes.
    parties : list of dict
        ``client_id`` (an entity's record), ``id`` (a person's record), ``name``, ``role``, ``since`` and
        ``until``.
    xpm_staff, xpm_groups, xpm_custom_fields, xpm_contacts : list of dict
        By the names that XPM's JSON answers use; a group lists its ``clientUuids``.
    xpm_clients : list of dict
        Detailed clients by the names of XPM's JSON answers, the tax number in clear (the server masks it),
        ``contacts`` as references to `xpm_contacts`, and ``customFields`` as values by definition uuid.
    xpm_relationships : list of dict
        ``uuid``, ``type`` as seen from ``clientUuid``, ``relatedClientUuid``, shares, percentage, dates.
    truth : list of dict
        What belongs together and why things differ; see the README beside the demo firm's files.
    """

    name: str
    country: str
    tenant_id: str
    connectworks: list[Record]
    parties: list[Record]
    xpm_staff: list[Record]
    xpm_groups: list[Record]
    xpm_custom_fields: list[Record]
    xpm_contacts: list[Record]
    xpm_clients: list[Record]
    xpm_relationships: list[Record]
    truth: list[Record]
