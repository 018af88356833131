"""The firm's rules: where they are kept, and since when each has stood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import tomlkit
from pydantic import ValidationError

from workbench.domain.errors import BadInput
from workbench.domain.settings import RuleSettings
from workbench.flow.firm import Firm
from workbench.flow.freshness import remember_rules
from workbench.flow.settings_file import rewrite
from workbench.reconcile.rules import in_words, standing


def rules_standing(firm: Firm) -> pd.DataFrame:
    """Give the firm's rules, each with who wrote it when (`workbench.reconcile.rules.RULES`)."""
    noted = firm.book.events(kinds={"ruled"})
    versions = ((event.by, event.at, event.private.get("rules") or "[]") for event in noted)
    return standing(firm.comparing.rules, versions)


def adopt(firm: Firm, proposal: Mapping[str, str | None]) -> None:
    """Write a rule into ``firm.toml``, before any that is wider, and its new version into the ledger.

    Parameters
    ----------
    firm : Firm
        Whose settings.
    proposal : mapping
        ``field``, ``owner`` and, where it is not for all clients, ``entity_type``, ``partner`` or ``group``.

    Raises
    ------
    BadInput
        If it is no rule, or the firm has it already; then nothing is written.
    """
    rule = _rule(proposal)
    if rule in firm.comparing.rules:
        raise BadInput(f"“{in_words(rule)}” is a rule already.", "Look at the firm's rules.")

    # Of several that cover a client the first counts.
    wider = [other.field == rule.field and _choices(other) < _choices(rule) for other in firm.comparing.rules]
    place = wider.index(True) if True in wider else len(wider)

    def change(document: tomlkit.TOMLDocument) -> None:
        document.setdefault("rules", tomlkit.aot()).insert(place, tomlkit.item(_as_told(rule)))

    rewrite(firm.folder, change)
    remember_rules(firm)


def drop(firm: Firm, words: str) -> None:
    """Take a rule out of ``firm.toml``, and write the new version into the ledger.

    Parameters
    ----------
    firm : Firm
        Whose settings.
    words : str
        The rule, as `rules_standing` tells it.

    Raises
    ------
    BadInput
        If the firm has no such rule any more; then nothing is written.
    """

    def change(document: tomlkit.TOMLDocument) -> None:
        told = [in_words(rule) for rule in firm.comparing.rules]
        if words not in told:
            raise BadInput(f"“{words}” is no rule any more.", "Look at the firm's rules.")
        del document["rules"][told.index(words)]
        if not document["rules"]:
            del document["rules"]

    rewrite(firm.folder, change)
    remember_rules(firm)


def _rule(proposal: Mapping[str, str | None]) -> RuleSettings:
    told = {key: value for key, value in proposal.items() if isinstance(value, str) and value}
    types = (told["entity_type"],) if "entity_type" in told else ()
    chosen = {key: told[key] for key in ("field", "owner", "partner", "group") if key in told}
    try:
        return RuleSettings.model_validate({**chosen, "entity_types": types})
    except ValidationError:
        raise BadInput("This is no rule.", "It needs a field that can be sent, and an owner.") from None


def _choices(rule: RuleSettings) -> int:
    """Count by how much a rule chooses its clients; one that chooses by nothing is for all of them."""
    return sum(map(bool, (rule.entity_types, rule.partner, rule.group)))


def _as_told(rule: RuleSettings) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_defaults=True)
