"""Settings, for administrators: who may do what, whether somebody else approves, and how Workbench works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from workbench.domain.adjustable import ADJUSTABLE, BY_KEY, Adjustable, SettingValue
from workbench.domain.errors import BadInput
from workbench.domain.people import AccessSettings, PersonSettings, Role
from workbench.domain.settings import fault_in_words
from workbench.review.exports import Exports
from workbench.review.known import Known
from workbench.review.page import Asked
from workbench.review.pieces import Screen, button, chooser, headed, table, ticker
from workbench.review.tree import Act, Node, h

_ROLES: Final[dict[Role, str]] = {
    "decide": "Decides",
    "approve": "Approves",
    "push": "Pushes",
    "administer": "Administers",
}
_QUEUES: Final = {
    "partners": "partners whose clients are theirs",
    "managers": "managers whose clients are theirs",
    "also": "groups and the like that are theirs",
}
_IN_THE_FILE: Final = "What follows is changed in firm.toml on the server; rules also under Differences."
_HEAD: Final = ("Who", *_ROLES.values(), "Partners", "Managers", "Also", "Only theirs", "")


class Settings(Screen):
    """People with their roles and queues, and the firm's own ways; the rest of firm.toml to read.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "settings"
    title = "Settings"
    wants = "Say who may do what, and how Workbench works for your firm. Every change counts at once."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._exports = Exports(known)
        self._sign_in = ""
        self._name = ""
        self._said = ""

    def offered(self) -> bool:
        """Only to administrators."""
        return self._known.desk.may("administer")

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show what exports are read by, people, approval, and the other settings."""
        access = self._known.desk.access()
        return headed(
            self,
            self._exports.view(),
            self._approval(access),
            self._people(access),
            self._adding(),
            self._adjustable(),
            h("p", _IN_THE_FILE, class_="muted"),
            [_section(title, lines) for title, lines in self._known.desk.told_settings()],
        )

    def _approval(self, access: AccessSettings) -> Node:
        box = ticker(
            "Somebody else approves every write before it is pushed", "set_approval", access.approval
        )
        words = "Whoever decided on a write, or sent it for approval, cannot approve it."
        return h("div", h("h3", "Approval"), box, h("p", words, class_="muted"), class_="card")

    def _people(self, access: AccessSettings) -> Node:
        if not access.people:
            words = (
                "Nobody is named: whoever opens the firm on this machine may do everything, and whoever "
                "signs in from elsewhere nothing. Add the first person below; you stay an administrator."
            )
            return h("div", h("h3", "People"), h("p", words), class_="card")
        rows = [_person_row(person) for person in access.people]
        listed = table(_HEAD, rows, "People and what they may do")
        return h(
            "div",
            h("h3", f"People ({len(access.people):,})"),
            h(
                "p",
                "Everybody here may look. Partners and managers are written as in the systems, "
                "several parted by commas: their clients are this person’s. So are those under Also, by "
                "group: NAME, type: NAME, structure: NAME or custom field: FIELD: VALUE.",
                class_="muted",
            ),
            h("div", listed, class_="peopled"),
            class_="card",
        )

    def _adding(self) -> Node:
        return h(
            "div",
            h("h3", "Add a person"),
            h(
                "div",
                _text_box("Signs in as (e-mail address)", "type_sign_in", self._sign_in),
                _text_box("Their name", "type_name", self._name),
                button("Add", "add_person", look="main"),
                class_="filters",
            ),
            class_="card",
            key="adding",
        )

    def _adjustable(self) -> list[Node]:
        now = self._known.desk.settings()
        return [
            h(
                "div",
                h("h3", title),
                h("div", [_setting(setting, now[setting.key]) for setting in group], class_="adjustable"),
                class_="card",
                key=title,
            )
            for title, group in ADJUSTABLE
        ]

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    # --- what is done --------------------------------------------------------------------------------

    def _change(self, people: Sequence[PersonSettings], what: str, **more: Any) -> None:
        before = self._known.desk.access()
        try:
            after = AccessSettings(**{"approval": before.approval, "people": tuple(people), **more})
        except ValidationError as error:
            raise BadInput(f"This cannot be: {fault_in_words(error)}.", "Change it and try again.") from None
        self._known.desk.set_access(before, after, what)
        self._said = f"{what[:1].upper()}{what[1:]}."

    def _changed(self, asked: Asked, what: str, **changes: Any) -> None:
        people = self._known.desk.access().people
        key = asked.args["person"]
        self._change(
            [p.model_copy(update=changes) if p.key == key else p for p in people], f"{what} of {key}"
        )

    def do_take_column(self, asked: Asked) -> None:
        """Take a column of an export for something else."""
        self._exports.take(asked)

    def do_days(self, asked: Asked) -> None:
        """Take an export's days as month first, or as day first."""
        self._exports.days(asked)

    def do_confirm_columns(self, asked: Asked) -> None:
        """Keep what the columns of an export are."""
        self._said = self._exports.confirm(asked)

    def do_set_approval(self, asked: Asked) -> None:
        """Want, or do not want, somebody else's yes."""
        what = "approval by somebody else is " + ("wanted" if asked.checked else "not wanted any more")
        self._change(self._known.desk.access().people, what, approval=asked.checked)

    def do_role_of(self, asked: Asked) -> None:
        """Give or take a role."""
        known = next(p for p in self._known.desk.access().people if p.key == asked.args["person"])
        role = asked.args["role"]
        roles = (*(r for r in known.roles if r != role), *((role,) if asked.checked else ()))
        self._changed(asked, "roles", roles=roles or ("see",))

    def do_queue_of(self, asked: Asked) -> None:
        """Say whose clients are this person's."""
        names = tuple(name.strip() for name in asked.value.split(",") if name.strip())
        self._changed(asked, asked.args["which"], **{asked.args["which"]: names})

    def do_set_only_theirs(self, asked: Asked) -> None:
        """Hide all other clients from a person, or show them."""
        self._changed(asked, "what is hidden", only_theirs=asked.checked)

    def do_forget_person(self, asked: Asked) -> None:
        """Take every right of a person away."""
        key = asked.args["person"]
        self._change(
            [p for p in self._known.desk.access().people if p.key != key], f"rights taken from {key}"
        )

    def do_set_setting(self, asked: Asked) -> None:
        """Set one setting to what was typed or chosen."""
        self._set(asked, BY_KEY[asked.args["setting"]].read(asked.value))

    def do_set_several(self, asked: Asked) -> None:
        """Take one of several into a setting, or out of it."""
        setting, choice = BY_KEY[asked.args["setting"]], asked.args["choice"]
        known = self._known.desk.settings()[setting.key]
        before = set(known if isinstance(known, tuple) else ())
        taken = before | {choice} if asked.checked else before - {choice}
        self._set(asked, tuple(each for each in setting.choices if each in taken))

    def _set(self, asked: Asked, after: SettingValue) -> None:
        setting = BY_KEY[asked.args["setting"]]
        before = self._known.desk.settings()[setting.key]
        if setting.typed(before) != asked.args["seen"]:
            raise BadInput("Somebody else changed this meanwhile; nothing was changed.", "Look again.")
        if said := self._known.desk.set_setting(setting.key, before, after):
            self._said = f"{said}."

    def do_type_sign_in(self, asked: Asked) -> None:
        """Take the address that is typed."""
        self._sign_in = asked.value

    def do_type_name(self, asked: Asked) -> None:
        """Take the name that is typed."""
        self._name = asked.value

    def do_add_person(self, _asked: Asked) -> None:
        """Add somebody who may look; whoever adds the first one stays an administrator."""
        if not self._sign_in.strip():
            raise BadInput("An address is missing.", "Type the address that the person signs in with.")
        people = self._known.desk.access().people or (self._known.desk.myself(),)
        added = PersonSettings(sign_in=self._sign_in.strip(), name=self._name.strip())
        self._change([*people, added], f"{added.key} may look")
        self._sign_in = self._name = ""


def _text_box(label: str, act: str, value: str) -> Node:
    box = h(
        "input", type="text", value=value, autocomplete="off", spellcheck="false", on={"input": Act(act, {})}
    )
    return h("label", h("span", label), box, class_="field")


def _setting(setting: Adjustable, value: SettingValue) -> Node:
    about = {"setting": setting.key, "seen": setting.typed(value)}
    if setting.kind == "several":
        made = _ticks(setting, value, about)
    elif setting.kind == "choice":
        made = chooser(setting.label, "set_setting", str(value), setting.choices, **about)
    else:
        box = h(
            "input",
            type="text",
            value=setting.typed(value),
            placeholder=setting.unset or None,
            inputmode={"number": "numeric", "share": "decimal"}.get(setting.kind),
            autocomplete="off",
            spellcheck="false",
            class_="short" if setting.kind in ("number", "share") else None,
            on={"change": Act("set_setting", about)},
        )
        made = h("label", h("span", setting.label), box, class_="field")
    hint = h("p", setting.hint, class_="muted") if setting.hint else None
    return h("div", made, hint, class_="setting", key=setting.key)


def _ticks(setting: Adjustable, value: SettingValue, about: Mapping[str, str]) -> Node:
    taken = value if isinstance(value, tuple) else ()
    boxes = [
        ticker(words.capitalize(), "set_several", choice in taken, choice=choice, **about)
        for choice, words in setting.choices.items()
    ]
    label = h("span", setting.label, class_="ticks-label")
    return h("div", label, boxes, role="group", aria_label=setting.label, class_="ticks")


def _person_row(person: PersonSettings) -> Node:
    who = person.name or person.sign_in
    boxes = [
        h(
            "td",
            h(
                "input",
                type="checkbox",
                checked=role in person.roles,
                aria_label=f"{who}: {words.lower()}",
                on={"change": Act("role_of", {"person": person.key, "role": role})},
            ),
            data_label=words,
            class_="box",
        )
        for role, words in _ROLES.items()
    ]
    queues = [
        h(
            "td",
            h(
                "input",
                type="text",
                value=", ".join(getattr(person, which)),
                aria_label=f"{who}: {words}",
                autocomplete="off",
                spellcheck="false",
                on={"change": Act("queue_of", {"person": person.key, "which": which})},
            ),
            data_label=which.capitalize(),
        )
        for which, words in _QUEUES.items()
    ]
    only = h(
        "input",
        type="checkbox",
        checked=person.only_theirs,
        aria_label=f"{who} sees only their own clients",
        on={"change": Act("set_only_theirs", {"person": person.key})},
    )
    name = h("th", h("div", who), h("div", person.sign_in, class_="muted"), scope="row")
    remove = button("Remove", "forget_person", look="quiet small", name=f"Remove {who}", person=person.key)
    return h(
        "tr",
        name,
        boxes,
        queues,
        h("td", only, class_="box", data_label="Only theirs"),
        h("td", remove),
        key=person.key,
    )


def _section(title: str, lines: Sequence[tuple[str, str]]) -> Node:
    told = [[h("dt", label), h("dd", words)] for label, words in lines]
    return h("div", h("h3", title), h("dl", told, class_="told"), class_="card", key=title)
