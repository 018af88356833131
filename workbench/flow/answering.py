"""Answering at a keyboard what the worker asks while it signs in: in a shell, or in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.domain.errors import NotAllowedHere, SignInNeeded
from workbench.flow.prompts import Prompt, answer_prompt, open_prompt


class ByKeyboard:
    """Called again and again while work is followed; asks the person each question once.

    Parameters
    ----------
    folder : Path
        The firm's.
    paste : bool
        Whether the browser is elsewhere, so that the person opens the page and pastes what came of it.
    practice : str, optional
        The name of the practice to choose, where several are offered.
    ask : callable, optional
        Gives the person's answer to some words; by default the keyboard's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        paste: bool = False,
        practice: str | None = None,
        ask: Callable[[str], str] = input,
    ) -> None:
        self._folder = folder
        self._paste = paste
        self._practice = practice
        self._ask = ask
        self._seen: set[str] = set()

    def __call__(self) -> None:
        """Answer the question that waits, if there is a new one."""
        prompt = open_prompt(self._folder)
        if prompt is None or prompt.prompt_id in self._seen:
            return
        self._seen.add(prompt.prompt_id)
        if prompt.kind == "practice":
            self._give(prompt, self._chosen(prompt))
        elif self._paste:
            print(f"\nOpen this page in any browser and sign in to {prompt.system}:\n\n  {prompt.address}\n")
            print("Afterwards its address starts with http://localhost, and it may show no page there.")
            print("If the page says that Workbench has heard the answer, just press Enter.")
            self._give(prompt, self._answer("Paste that whole address here: "))

    def _give(self, prompt: Prompt, answer: str) -> None:
        """Hand an answer over; where none was given, ask again for as long as it is waited for."""
        if not answer.strip():
            self._seen.discard(prompt.prompt_id)
            return
        try:
            answer_prompt(self._folder, prompt.prompt_id, answer)
        except NotAllowedHere:
            # The browser was on this machine after all, or the time was up: the request's end says which.
            print(f"{prompt.system} waits for no answer any more.")

    def _chosen(self, prompt: Prompt) -> str:
        """Give the id of the practice that the person names, by its name or its number in the list."""
        choices = prompt.choices or {}
        numbered = {str(number): key for number, key in enumerate(choices, start=1)}
        told = self._practice
        if told is None:
            print(f"\n{prompt.system} offers several practices:")
            for number, key in numbered.items():
                print(f"  {number}  {choices[key]}")
        while True:
            told = told if told is not None else self._answer("Which one (number or name)? ")
            if found := numbered.get(told.strip()) or _named(choices, told):
                return found
            if self._practice is not None:
                raise SignInNeeded(
                    f"{prompt.system} offers no practice called “{told}”.",
                    f"It offers: {', '.join(choices.values())}.",
                )
            told = None

    def _answer(self, words: str) -> str:
        try:
            return self._ask(words)
        except EOFError:
            raise SignInNeeded("Nobody is here to answer.", "Run this where you can type.") from None


def _named(choices: Mapping[str, str], told: str) -> str | None:
    found = [key for key, name in choices.items() if name.casefold() == told.strip().casefold()]
    return found[0] if len(found) == 1 else None
