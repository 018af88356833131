"""Filters under a name: a person names what they see, and finds it again next time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.domain.errors import BadInput
from workbench.review.known import Known
from workbench.review.page import Asked
from workbench.review.pieces import Screen, button, chooser
from workbench.review.tree import Act, Node, h

LONGEST_NAME: Final = 60


class Filtered(Screen):
    """A screen whose filters can be saved, each person's for themselves."""

    _known: Known
    _saved: dict[str, dict[str, str]] | None = None
    _naming: str | None = None

    def filters_now(self) -> dict[str, str]:
        """Give what is filtered now, as plain texts."""
        raise NotImplementedError

    def filter_by(self, saved: Mapping[str, str]) -> None:
        """Filter by what was saved; what it does not name is shown whole."""
        raise NotImplementedError

    def saved_bar(self) -> Node:
        """Make the list of saved filters, and what saves or forgets one."""
        saved, now = self._mine(), self.filters_now()
        on = next((name for name, told in saved.items() if told == now), "")
        choose = {"": "Choose…"} | {name: name for name in saved}
        if self._naming is not None:
            last = self._naming_form()
        elif on:
            last = button(
                "Forget it", "forget_filter", look="quiet", name=f"Forget it: the filter {on}", saved=on
            )
        else:
            last = button("Save these filters…", "name_filter", look="quiet")
        return h(
            "div",
            chooser("Saved filters", "use_filter", on, choose) if saved else None,
            last,
            class_="saved-filters",
            key="saved filters",
        )

    def _naming_form(self) -> Node:
        box = h(
            "input",
            type="text",
            value=self._naming or "",
            maxlength=LONGEST_NAME,
            autocomplete="off",
            data_focus="yes",
            on={"input": Act("type_filter_name", {})},
        )
        return h(
            "div",
            h("label", h("span", "Call these filters"), box, class_="field"),
            button("Save", "save_filter", look="main"),
            button("Cancel", "no_filter", look="quiet"),
            class_="naming",
            role="group",
            aria_label="Save these filters",
            data_asks="yes",
        )

    def _mine(self) -> dict[str, dict[str, str]]:
        if self._saved is None:
            self._saved = self._known.desk.saved_filters(self.name)
        return self._saved

    def do_name_filter(self, _asked: Asked) -> None:
        """Ask for a name."""
        self._naming = ""

    def do_type_filter_name(self, asked: Asked) -> None:
        """Take the name that is typed."""
        self._naming = asked.value

    def do_no_filter(self, _asked: Asked) -> None:
        """Save none."""
        self._naming = None

    def do_save_filter(self, _asked: Asked) -> None:
        """Keep what is filtered now under the name."""
        name = " ".join((self._naming or "").split())[:LONGEST_NAME]
        if not name:
            raise BadInput("A name is missing.", "Call these filters by a name that you will know again.")
        self._known.desk.save_filter(self.name, name, self.filters_now())
        self._saved = self._naming = None

    def do_use_filter(self, asked: Asked) -> None:
        """Filter by what was saved under a name."""
        saved = self._mine().get(asked.value)
        if saved is not None:
            self.filter_by(saved)

    def do_forget_filter(self, asked: Asked) -> None:
        """Keep a filter no longer; what is shown stays."""
        self._known.desk.forget_filter(self.name, asked.args["saved"])
        self._saved = None
