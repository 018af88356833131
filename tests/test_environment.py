"""The project's own files agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": project["dependencies"], "test": project["optional-dependencies"]["test"]}


def test_conda_users_get_the_same() -> None:
    """environment.yml names exactly the dependencies of pyproject.toml, with the same bounds."""
    wanted = {part for parts in _project().values() for part in parts}
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {each for each in environment if isinstance(each, str)} - {"pip"}
    python = next(each for each in conda if re.match(r"python\b(?!-)", each))
    further = {each for part in environment if isinstance(part, dict) for each in part["pip"]}
    assert conda - {python} | {each for each in further if not each.startswith("-")} == wanted


def test_constraints_pin_every_dependency_and_name_no_address() -> None:
    """constraints.txt pins each dependency within its bounds, and holds no address of any kind."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "@" not in text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    parted = (line.split("==") for line in lines)
    pinned = {name.lower().replace("_", "-"): version for name, version in parted}
    for part in (*_project()["run"], *_project()["test"]):
        requirement = Requirement(part)
        version = pinned[requirement.name.lower()]
        assert requirement.specifier.contains(version), f"{part} does not admit {version}"
