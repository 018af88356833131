"""A firm's settings: one readable TOML file without secrets, validated with exact messages."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from workbench.domain.errors import BadSettings
from workbench.domain.link_settings import LinkSettings
from workbench.domain.people import AccessSettings
from workbench.domain.serving import ServeSettings

Access = Literal["api", "files"]
"""How a side is reached: through its API, or by exports that a person saves."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "time_zone", "there is no such time zone; name one such as Pacific/Auckland or Australia/Sydney"
        ) from None
    return name


def _on_this_machine(address: str) -> str:
    """Let through where a browser can come back to (RFC 8252, 7.3); Xero takes no 127.0.0.1."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme == "http" and parts.hostname == "localhost" and (parts.port or 0) > 0
    except ValueError:
        usable = False
    if not usable or parts.path in ("", "/") or parts.query or parts.fragment:
        raise PydanticCustomError("redirect_uri", "it has to read http://localhost:PORT/NAME, as registered")
    return address


def _no_tax_number(name: str) -> str:
    """Let no custom field in that is called after what is never kept."""
    if re.search(r"\b(tfn|tax file|tax number|ird)\b", name, re.IGNORECASE):
        raise PydanticCustomError("custom_fields", "tax numbers are never kept; name other custom fields")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
RedirectUri = Annotated[str, AfterValidator(_on_this_machine)]


class _Side(_Part):
    """What is the same for both sides: how they are reached, and whether they may be written to."""

    access: Access = "api"
    exports: str | None = None
    write: bool = True
    client_id: str = Field(default="", validate_default=True)

    @field_validator("client_id", "base_url", check_fields=False)
    @classmethod
    def _needed_for_the_api(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and info.data.get("access") == "api":
            raise PydanticCustomError("missing", "Field required")
        return value


class FirmSettings(_Part):
    """Who the firm is.

    Parameters
    ----------
    name : str
        As people call it.
    home_country : str
        ISO 3166 code; decides how numbers and addresses without a country are read.
    time_zone : str
        IANA name; times are kept in UTC and shown in it.
    own_domains : tuple of str
        The firm's own mail domains: a client should not have one.
    own_addresses : tuple of str
        The firm's own offices and boxes, each in one line: seldom a client's own address.
    """

    name: str
    home_country: Literal["NZ", "AU"] = "NZ"
    time_zone: TimeZone = "Pacific/Auckland"
    own_domains: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()


class PanelSettings(_Part):
    """What Connectworks' own screens are called; click sheets use these words.

    Parameters
    ----------
    section : str
        The part of a client's slide-out panel that compares the two systems.
    sync : str
        The button there that opens the sync screen.
    connection_tab, connect : str
        Where, in a client's edit form, the two are linked, and the button for it.
    """

    section: str = "Connections to add ons"
    sync: str = "the sync button at the section's bottom right"
    connection_tab: str = "Practice management"
    connect: str = "Connect now"


class ConnectworksSettings(_Side):
    """Where the Connectworks gateway is and how it is spoken to.

    Parameters
    ----------
    access : str
        ``api``, or ``files``: then none of the addresses is needed.
    exports : str, optional
        With files: the folder in which exports are saved, ``exports/connectworks`` in the firm's own folder
        where not said.
    write : bool
        Whether Workbench may ever change anything there.
    base_url, authorize_url, token_url, revoke_url : HttpUrl
        The gateway and its sign-in (OAuth 2.0, code grant).
    client_id : str
        Of the registered application.
    client_secret_env : str, optional
        The environment variable that holds its secret.
    redirect_uri : str
        As registered.
    page : int
        Records a page.
    calls_per_min : int
        The pace.
    entity_types : dict
        The firm's own names of entity types to the canonical ones.
    map : dict
        Canonical field to a JSON pointer, where the gateway's record differs from the assumed one.
    panel : PanelSettings
        What Connectworks' own screens are called.
    """

    base_url: HttpUrl | None = Field(default=None, validate_default=True)
    authorize_url: HttpUrl = HttpUrl("https://app.connectworks.com/oauth/authorize")
    token_url: HttpUrl = HttpUrl("https://app.connectworks.com/oauth/token")
    revoke_url: HttpUrl | None = None
    client_secret_env: str | None = "CONNECTWORKS_CLIENT_SECRET"
    redirect_uri: RedirectUri = "http://localhost:8400/connectworks"
    page: int = Field(default=200, ge=1, le=1000)
    calls_per_min: int = Field(default=60, ge=1)
    entity_types: dict[str, str] = {}
    map: dict[str, str] = {}
    panel: PanelSettings = PanelSettings()


_WORKFLOWMAX: Final = {
    "base_url": "https://api.workflowmax2.com",
    "authorize_url": "https://oauth.workflowmax2.com/oauth/authorize",
    "token_url": "https://oauth.workflowmax2.com/oauth/token",
    "revoke_url": None,
    "connections_url": None,
    "client_secret_env": "WORKFLOWMAX_CLIENT_SECRET",
    "org_claim": "org_ids",
    "redirect_uri": "http://localhost:8400/workflowmax",
}
"""What public clients of WorkflowMax by BlueRock use; the name of the claim is assumed."""
_RETIRED: Final = (
    "https://api.workflowmax.com",
    "https://practicemanager.workflowmax.com",
    "https://api.xero.com/workflowmax",
)
RETIRED: Final = (
    "The original WorkflowMax was retired by Xero in 2024. Its successor is WorkflowMax by BlueRock "
    '(product = "workflowmax"); practices went on in XPM (product = "xpm")'
)


class XpmSettings(_Side):
    """Where Xero Practice Manager is and how it is spoken to.

    Parameters
    ----------
    access, exports, write
        As for Connectworks.
    product : str
        ``xpm``, or ``workflowmax``: WorkflowMax by BlueRock, whose addresses are then the defaults.
    base_url, authorize_url, token_url, revoke_url, connections_url : HttpUrl
        The API and Xero's identity service.
    client_id : str
        Of the registered app (native, PKCE).
    client_secret_env : str, optional
        The environment variable that holds its secret, where it has one (WorkflowMax).
    org_claim : str, optional
        Where the practices are not listed but named in the access token (WorkflowMax): by which claim.
    redirect_uri : str
        As registered; Xero takes ``http://localhost:PORT``, not 127.0.0.1.
    scopes : tuple of str
        What the sign-in asks for; where empty, the least that reading and, where allowed, writing needs.
    tenant_id : str, optional
        The practice, once chosen.
    calls_per_min, calls_per_day, concurrent : int
        The service's limits.
    other_phone : str
        Where "other phone" lives in XPM: the primary contact's ``mobile``, the client's ``fax``, or ``off``.
    business_structures : dict
        The practice's own names of business structures to canonical entity types.
    custom_fields : tuple of str
        The custom fields that filters and queues need, as XPM calls them; the others are never kept. Reading
        them costs a call a client, so that it is asked for by itself and its cost shown first.
    late_commit_s : float
        How long a write may still arrive after an uncertain answer.
    import_headers : dict
        The import file's headers, where XPM's import screen wants others than `workbench.systems.xpm_import`
        knows; '' for a column that it does not have.
    """

    product: Literal["xpm", "workflowmax"] = "xpm"
    base_url: HttpUrl = HttpUrl("https://api.xero.com/practicemanager/3.1")
    authorize_url: HttpUrl = HttpUrl("https://login.xero.com/identity/connect/authorize")
    token_url: HttpUrl = HttpUrl("https://identity.xero.com/connect/token")
    revoke_url: HttpUrl | None = HttpUrl("https://identity.xero.com/connect/revocation")
    connections_url: HttpUrl | None = HttpUrl("https://api.xero.com/connections")
    client_secret_env: str | None = None
    org_claim: str | None = None
    redirect_uri: RedirectUri = "http://localhost:8400/xero"
    scopes: tuple[str, ...] = ()
    tenant_id: str | None = None
    calls_per_min: int = Field(default=60, ge=1)
    calls_per_day: int = Field(default=5000, ge=1)
    concurrent: int = Field(default=4, ge=1, le=5)
    other_phone: Literal["mobile", "fax", "off"] = "mobile"
    business_structures: dict[str, str] = {}
    custom_fields: tuple[Annotated[str, AfterValidator(_no_tax_number)], ...] = ()
    late_commit_s: float = Field(default=60.0, ge=0)
    import_headers: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_the_product(cls, told: Any) -> Any:
        """Take WorkflowMax's addresses where they are meant; refuse the one that is no more."""
        if not isinstance(told, dict):
            return told
        if any(str(told.get("base_url", "")).startswith(start) for start in _RETIRED):
            raise PydanticCustomError("retired", RETIRED)
        return {**_WORKFLOWMAX, **told} if told.get("product") == "workflowmax" else told

    @property
    def asked_scopes(self) -> tuple[str, ...]:
        """What the sign-in asks for: who signed in, to stay signed in, and clients, to read or to write."""
        if self.product == "workflowmax":
            return self.scopes or ("openid", "profile", "email", "workflowmax", "offline_access")
        clients = "practicemanager.client" if self.write else "practicemanager.client.read"
        return self.scopes or ("offline_access", "openid", "profile", clients)


BY_RULE: Final = "Rule "
"""So begins the reason of what a rule suggests."""


class RuleSettings(_Part):
    """What the firm would rather do about a field of some clients; it becomes a suggestion, never a write.

    Parameters
    ----------
    field : str
        A field that can be synchronised.
    owner : str
        The system whose value is followed (``connectworks``, ``xpm``), or ``fill_only``, ``ask`` (the
        client) or ``never``.
    entity_types : tuple of str
        Only for clients of these types; any where empty.
    partner, group : str, optional
        Only for clients of this partner, or in this group, as they are called in either system.
    """

    field: Literal["email", "website", "primary_phone", "other_phone", "physical_address", "postal_address"]
    owner: Literal["connectworks", "xpm", "fill_only", "ask", "never"]
    entity_types: tuple[str, ...] = ()
    partner: str | None = None
    group: str | None = None


class CompareSettings(_Part):
    """What comparing must know of the firm.

    Parameters
    ----------
    home_country : str
        Country of phones and addresses that name none.
    own_domains, own_addresses : tuple of str
        The firm's own mail domains; its own offices and boxes.
    time_zone : str
        IANA name of the zone in which days are told.
    rules : tuple of RuleSettings
        The firm's rules; of several that cover a client's field the first counts.
    """

    home_country: Literal["NZ", "AU"] = "NZ"
    own_domains: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()
    time_zone: TimeZone = "Pacific/Auckland"
    rules: tuple[RuleSettings, ...] = ()


class RunSettings(_Part):
    """What a scheduled run may do by itself: nothing, unless rules are named here.

    Parameters
    ----------
    safe_rules : tuple of str
        Which suggestions it follows: ``fill_blanks`` (one side has nothing, and was not emptied on purpose),
        ``one_side_changed`` (the other still has what was agreed), ``firm_rules`` (this file's ``[[rules]]``
        name an owner). Never a difference with a warning.
    cap : int
        At most so many values in one run; where more would follow, none is written and a person is needed.
    """

    safe_rules: tuple[Literal["fill_blanks", "one_side_changed", "firm_rules"], ...] = ()
    cap: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _states_its_cap(self) -> Self:
        if self.safe_rules and not self.cap:
            raise ValueError("safe_rules need a cap: at most how many values one run may write")
        return self


class RetentionSettings(_Part):
    """How long what holds personal values is kept; `workbench purge` takes away what is older.

    Parameters
    ----------
    snapshot_days : int
        Snapshots of pulls, and looks at single clients, save those that the screens stand on.
    value_days : int, optional
        Values in the ledger, save those in force; without it they are kept. A push whose values have gone
        cannot be undone.
    run_days : int, optional
        Notebooks, reports and tables of scheduled runs; without it they are kept.
    """

    snapshot_days: int = Field(default=90, ge=1)
    value_days: int | None = Field(default=None, ge=1)
    run_days: int | None = Field(default=None, ge=1)


class Settings(_Part):
    """All settings of one firm.

    Parameters
    ----------
    firm, connectworks, xpm, link, rules, run, retention
        The parts of the file.
    access : AccessSettings
        Who may do what, and whether somebody else approves what is pushed.
    serve : ServeSettings
        How the dashboard is served, and who vouches for its visitors.
    vault : str
        Where tokens are kept: the operating system's ``keyring``, a passphrase-encrypted ``file``, or only
        in the worker's ``memory``.
    sandbox_speed : float, optional
        Set where the two services are the local sandbox: how much faster than life its limits run.
    """

    firm: FirmSettings
    connectworks: ConnectworksSettings
    xpm: XpmSettings
    link: LinkSettings = LinkSettings()
    rules: tuple[RuleSettings, ...] = ()
    access: AccessSettings = AccessSettings()
    run: RunSettings = RunSettings()
    serve: ServeSettings = ServeSettings()
    retention: RetentionSettings = RetentionSettings()
    vault: Literal["keyring", "file", "memory"] = "keyring"
    sandbox_speed: float | None = None

    @model_validator(mode="after")
    def _one_way_back_for_each(self) -> Settings:
        """Let no service's answer be taken for the other's (RFC 9700, 4.4.2.2)."""
        if self.connectworks.redirect_uri == self.xpm.redirect_uri:
            raise PydanticCustomError(
                "redirect_uri",
                "connectworks.redirect_uri and xpm.redirect_uri have to end in different names",
            )
        return self

    def side(self, side: str) -> ConnectworksSettings | XpmSettings:
        """Give the part about one side."""
        return self.xpm if side == "xpm" else self.connectworks

    @property
    def compare(self) -> CompareSettings:
        """What comparing needs of these settings."""
        return CompareSettings(
            home_country=self.firm.home_country,
            own_domains=self.firm.own_domains,
            own_addresses=self.firm.own_addresses,
            time_zone=self.firm.time_zone,
            rules=self.rules,
        )


MENDED_BY: Final = (
    "Ask an administrator of your firm to mend it. Everything that was saved is kept, and this page goes on "
    "by itself afterwards."
)
"""What whoever has a page open while the settings cannot be used is told to do."""


def read_settings(text: str, where: str = "firm.toml") -> Settings:
    """Read settings from TOML text.

    Parameters
    ----------
    text : str
        The file's content.
    where : str
        The file's name, for messages.

    Raises
    ------
    BadSettings
        If it is no TOML or a setting is unknown, missing or out of range; names each.
    """
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        what, advice = f"is not valid TOML: {error}.", "Mend that line."
        raise BadSettings(f"{where} {what}", advice, plain=_plain(f"firm.toml {what}")) from None
    except ValidationError as error:
        what, advice = f": {_faults(error)}.", "Mend the named settings."
        raise BadSettings(f"{where}{what}", advice, plain=_plain(f"firm.toml{what}")) from None


def _plain(fault: str) -> str:
    return f"The firm’s settings hold a mistake. {fault} {MENDED_BY}"


_WORDS: Final = {
    "missing": "Field required",
    "extra_forbidden": "there is no such setting",
}


def fault_in_words(error: ValidationError) -> str:
    """Say what is wrong with the first value that is, without where it stands in the file."""
    fault = error.errors()[0]
    return str(_WORDS.get(fault["type"], fault["msg"])).removeprefix("Value error, ")


def _faults(error: ValidationError) -> str:
    return "; ".join(dict.fromkeys(_told(fault) for fault in error.errors()))


def _told(fault: Any) -> str:
    """Say which setting is wrong and how; one that does not exist with the name that it may stand for."""
    place = [str(step) for step in fault["loc"]]
    words = _WORDS.get(fault["type"], fault["msg"])
    if fault["type"] == "extra_forbidden" and (near := _near(place)):
        words += f" (did you mean {near}?)"
    return f"{'.'.join(place)}: {words}" if place else str(words)


def _near(place: list[str]) -> str | None:
    part: Any = Settings
    for step in place[:-1]:
        part = getattr(part.model_fields.get(step), "annotation", None)
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            return None
    return next(iter(get_close_matches(place[-1], part.model_fields, 1)), None)
