"""Vaults: secrets survive, stay private, and are nowhere where pages are served."""

from __future__ import annotations

import sys
from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from workbench.domain.errors import NotAllowedHere, StorageFailed
from workbench.systems.open import open_systems
from workbench.systems.vault import FileVault, KeyringVault, MemoryVault, Vault, open_vault

SECRET = "token-" + "x" * 3000


class SmallKeyring(KeyringBackend):
    """A keyring that takes short entries only, as Windows' does."""

    priority = 5

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.fails_after = 1_000_000

    def get_password(self, service: str, username: str) -> str | None:
        """Give an entry."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry of at most 1,280 characters."""
        if self.fails_after == 0 or len(password) > 1280:
            raise keyring.errors.PasswordSetError("no")
        self.fails_after -= 1
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        if (service, username) not in self.entries:
            raise keyring.errors.PasswordDeleteError("none")
        del self.entries[service, username]


@pytest.fixture(params=["memory", "file", "keyring"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """Give each kind of vault in turn."""
    if request.param == "memory":
        return MemoryVault()
    if request.param == "file":
        return FileVault(tmp_path / "vault.json", "a passphrase")
    return KeyringVault("workbench test", SmallKeyring())


def test_a_secret_is_kept_replaced_and_forgotten(vault: Vault) -> None:
    """Every vault keeps a long secret whole, gives the newest, and forgets on demand."""
    assert vault.get("xpm") is None
    vault.put("xpm", SECRET)
    vault.put("connectworks", "other")
    vault.put("xpm", SECRET + "2")
    assert (vault.get("xpm"), vault.get("connectworks")) == (SECRET + "2", "other")
    vault.delete("xpm")
    vault.delete("xpm")
    assert (vault.get("xpm"), vault.get("connectworks")) == (None, "other")


def test_no_vault_shows_its_secrets(vault: Vault) -> None:
    """A vault that lands in a log or a traceback tells nothing."""
    vault.put("xpm", SECRET)
    assert "token-" not in repr(vault)


def test_the_file_is_encrypted_and_private(tmp_path: Path) -> None:
    """Only its owner may read the file, it holds no secret in clear, and it opens again."""
    path = tmp_path / "vault.json"
    FileVault(path, "a passphrase").put("xpm", SECRET)
    assert b"token-" not in path.read_bytes()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0
    assert FileVault(path, "a passphrase").get("xpm") == SECRET
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".lock"] == ["vault.json"]


@pytest.mark.parametrize("damage", ["other passphrase", "cut file"])
def test_a_file_that_does_not_open_is_told(tmp_path: Path, damage: str) -> None:
    """A wrong passphrase or a damaged file is one sentence, and the file stays as it is."""
    path = tmp_path / "vault.json"
    FileVault(path, "a passphrase").put("xpm", SECRET)
    if damage == "cut file":
        path.write_bytes(path.read_bytes()[:-40])
    kept = path.read_bytes()
    with pytest.raises(StorageFailed, match="does not open"):
        FileVault(path, "another" if damage == "other passphrase" else "a passphrase")
    assert path.read_bytes() == kept


def test_a_file_vault_needs_a_passphrase(tmp_path: Path) -> None:
    """Without one nothing is written."""
    with pytest.raises(StorageFailed, match="WORKBENCH_PASSPHRASE"):
        FileVault(tmp_path / "vault.json", "")


def test_a_machine_without_keyring_is_told_what_else_there_is() -> None:
    """No keyring is a refusal that names the file vault."""
    with pytest.raises(StorageFailed, match='vault = "file"'):
        KeyringVault("workbench test", NoKeyring())


@pytest.mark.parametrize("entries", range(4))
def test_a_keyring_that_fails_midway_keeps_the_old_secret(entries: int) -> None:
    """The new pieces come into force together or not at all."""
    ring = SmallKeyring()
    vault = KeyringVault("workbench test", ring)
    vault.put("xpm", SECRET)
    ring.fails_after = entries
    with pytest.raises(StorageFailed):
        vault.put("xpm", SECRET[::-1])
    assert vault.get("xpm") == SECRET


ACTS = {
    "get": lambda vault: vault.get("xpm"),
    "put": lambda vault: vault.put("xpm", SECRET),
    "delete": lambda vault: vault.delete("xpm"),
}


@pytest.mark.parametrize("kind", ["memory", "file", "keyring"])
@pytest.mark.parametrize("act", ACTS)
def test_a_serving_process_holds_no_credentials(
    monkeypatch: pytest.MonkeyPatch, firm_settings, tmp_path: Path, kind: str, act: str
) -> None:
    """Where pages are served, the vault stays shut whatever the settings say."""
    monkeypatch.setenv("WORKBENCH_SERVED", "1")
    monkeypatch.setenv("WORKBENCH_PASSPHRASE", "a passphrase")
    vault = open_vault(firm_settings().model_copy(update={"vault": kind}), tmp_path)
    with pytest.raises(NotAllowedHere, match="no credentials"):
        ACTS[act](vault)


def test_a_serving_process_cannot_make_a_vault_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor does any kind of vault open there when asked directly."""
    monkeypatch.setenv("WORKBENCH_SERVED", "1")
    for make in (
        MemoryVault,
        lambda: FileVault(tmp_path / "vault.json", "a passphrase"),
        lambda: KeyringVault("workbench test", SmallKeyring()),
    ):
        with pytest.raises(NotAllowedHere):
            make()


def test_a_serving_process_can_read_what_was_kept_and_send_nothing(
    monkeypatch: pytest.MonkeyPatch, firm_settings, clock, tmp_path: Path
) -> None:
    """Kept answers are read without credentials; the first request already fails."""
    monkeypatch.setenv("WORKBENCH_SERVED", "1")
    ours = firm_settings()
    connections = open_systems(ours, open_vault(ours, tmp_path), clock, tmp_path)
    for system in connections.system.values():
        assert len(system.parse([]).clients) == 0
        with pytest.raises(NotAllowedHere):
            next(iter(system.pull()))
        with pytest.raises(NotAllowedHere):
            connections.consent[system.side].access_token()
    connections.close()


def test_the_settings_choose_the_vault(
    monkeypatch: pytest.MonkeyPatch, firm_settings, tmp_path: Path
) -> None:
    """The file vault lies in the firm's folder, under the passphrase of the environment."""
    monkeypatch.setenv("WORKBENCH_PASSPHRASE", "a passphrase")
    open_vault(firm_settings().model_copy(update={"vault": "file"}), tmp_path).put("xpm", SECRET)
    assert FileVault(tmp_path / "vault.json", "a passphrase").get("xpm") == SECRET
    assert isinstance(open_vault(firm_settings(), tmp_path), MemoryVault)
