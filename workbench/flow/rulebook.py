"""The firm's rules: where they are kept, and since when each has stood."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

import pandas as pd
from pydantic import ValidationError

from workbench.domain.errors import BadInput
from workbench.domain.settings import RuleSettings, read_settings
from workbench.flow.firm import Firm
from workbench.flow.freshness import remember_rules
from workbench.reconcile.rules import in_words, standing


def rules_standing(firm: Firm) -> pd.DataFrame:
    """Give the firm's rules, each with who wrote it when (`workbench.reconcile.rules.RULES`)."""
    noted = firm.book.events(kinds={"ruled"})
    versions = ((event.by, event.at, event.private.get("rules") or "[]") for event in noted)
    return standing(firm.comparing.rules, versions)


def adopt(firm: Firm, proposal: Mapping[str, str | None]) -> None:
    """Write a rule at the end of ``firm.toml``, and its new version into the ledger.

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
    file = firm.folder / "firm.toml"
    text = f"{file.read_text(encoding='utf-8').rstrip()}\n\n{_as_toml(rule)}"
    read_settings(text, str(file))  # what could not be read again is not written
    fresh = file.with_suffix(".toml.new")
    fresh.write_text(text, encoding="utf-8")
    shutil.copymode(file, fresh)
    fresh.replace(file)
    remember_rules(firm)


def _rule(proposal: Mapping[str, str | None]) -> RuleSettings:
    told = {key: value for key, value in proposal.items() if isinstance(value, str) and value}
    types = (told["entity_type"],) if "entity_type" in told else ()
    chosen = {key: told[key] for key in ("field", "owner", "partner", "group") if key in told}
    try:
        return RuleSettings.model_validate({**chosen, "entity_types": types})
    except ValidationError:
        raise BadInput("This is no rule.", "It needs a field that can be sent, and an owner.") from None


def _as_toml(rule: RuleSettings) -> str:
    """Write a rule as a table; JSON's texts and lists are TOML's too."""
    told = rule.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()]
    return "\n".join(["[[rules]]", *lines, ""])
