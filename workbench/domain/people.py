"""Who somebody is, as the door says, and what the firm's settings let them do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from workbench.domain.marks import MARKS

Role = Literal["see", "decide", "approve", "push", "administer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

THIS_MACHINE: Final = "this machine"
"""The issuer of whoever opens a firm on their own machine: the operating system knows them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who came in, in the words of whoever vouches for them; nobody types this about themselves.

    Parameters
    ----------
    subject : str
        What the issuer calls them, for good: ``sub`` of OpenID Connect, or the account on this machine.
    name : str
        As people call them, for screens.
    email : str
        Their address where the issuer has made sure that it is theirs, else ''.
    issuer : str
        Who vouches: the address of an OpenID provider or of a JupyterHub, or `THIS_MACHINE`.
    """

    subject: str
    name: str
    email: str
    issuer: str


def _mark(told: str) -> tuple[str, str]:
    mark, _, name = (part.strip() for part in told.partition(":"))
    return mark, name


def _known_mark(told: str) -> str:
    mark, name = _mark(told)
    if mark not in MARKS or not name:
        ways = ", ".join(f"{known}: NAME" for known in MARKS)
        raise ValueError(f"it has to read as one of {ways}")
    return told


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the firm, with what they may do and whose clients are theirs.

    Parameters
    ----------
    key : str
        What stands for them in the ledger; one person has one key, however they came in.
    name : str
        As people call them.
    roles : frozenset of str
        Of `ROLES`; any of them lets them see.
    partners, managers, also : tuple of str
        The partners and managers whose clients are theirs, and other clients that are, each as
        ``group: NAME`` (or by another of `workbench.domain.marks`); all empty: everybody's are.
    only_theirs : bool
        Whether other clients are hidden from them.
    """

    key: str
    name: str
    roles: frozenset[Role]
    partners: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    only_theirs: bool = False

    def may(self, role: Role) -> bool:
        """Tell whether they may do what a role allows."""
        return bool(self.roles) if role == "see" else role in self.roles

    @property
    def has_queue(self) -> bool:
        """Whether some clients are theirs and others are not."""
        return bool(self.queue)

    @property
    def queue(self) -> tuple[tuple[str, str], ...]:
        """Every mark, with its name, that makes a client theirs."""
        named = [("partner", name) for name in self.partners] + [("manager", name) for name in self.managers]
        return (*named, *map(_mark, self.also))


class PersonSettings(BaseModel):
    """One person of the firm, as the settings name them.

    Parameters
    ----------
    sign_in : str
        The address with which they sign in; where sign-ins have none, their account's name.
    name : str
        As people call them.
    roles : tuple of str
        ``see``, ``decide``, ``approve``, ``push``, ``administer``.
    partners, managers : tuple of str
        As they are called in either system: the clients of these are this person's.
    also : tuple of str
        Other clients that are theirs: ``group: NAME``, ``type: NAME``, ``structure: NAME`` or
        ``custom field: FIELD: VALUE``.
    only_theirs : bool
        Whether they see no other clients.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sign_in: str = Field(min_length=1)
    name: str = ""
    roles: tuple[Role, ...] = ("see",)
    partners: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    also: tuple[Annotated[str, AfterValidator(_known_mark)], ...] = ()
    only_theirs: bool = False

    @property
    def key(self) -> str:
        """What stands for them in the ledger."""
        return self.sign_in.strip().casefold()


class AccessSettings(BaseModel):
    """Who may do what.

    Parameters
    ----------
    approval : bool
        Whether every write needs the yes of somebody who neither decided on it nor proposed it.
    people : tuple of PersonSettings
        Everybody who may do anything. Where nobody is named, whoever opens the firm on their own machine
        may do everything, and whoever signs in from elsewhere nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    approval: bool = False
    people: tuple[PersonSettings, ...] = ()

    @model_validator(mode="after")
    def _named_once(self) -> AccessSettings:
        keys = [each.key for each in self.people]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice among the people")
        return self

    def person(self, identity: Identity) -> Person:
        """Say who somebody is at this firm.

        Parameters
        ----------
        identity : Identity
            As the door vouches for it.
        """
        key = (identity.email or identity.subject).strip().casefold()
        listed = self._listed(key)
        if listed is not None:
            return _person(listed, identity.name)
        alone = not self.people and identity.issuer == THIS_MACHINE
        own = identity.email or identity.subject
        return Person(own, identity.name or own, frozenset(ROLES if alone else ()))

    def named(self, key: str) -> Person:
        """Say what somebody may do who stands in the ledger.

        Parameters
        ----------
        key : str
            A `Person.key`; where the settings name nobody, it may do everything.
        """
        listed = self._listed(key.strip().casefold())
        if listed is not None:
            return _person(listed)
        return Person(key, key, frozenset(() if self.people else ROLES))

    def _listed(self, key: str) -> PersonSettings | None:
        return next((each for each in self.people if each.key == key), None)


def _person(listed: PersonSettings, name: str = "") -> Person:
    return Person(
        listed.key,
        listed.name or name or listed.sign_in,
        frozenset(listed.roles),
        listed.partners,
        listed.managers,
        listed.also,
        listed.only_theirs,
    )
