"""Where tokens are kept: the operating system's keyring, an encrypted file, or only this process' memory.

A process that serves pages keeps none at all: there the worker alone holds them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Final, Protocol

import keyring
import keyring.errors
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from filelock import FileLock
from keyring.backend import KeyringBackend

from workbench.domain.errors import NotAllowedHere, StorageFailed
from workbench.domain.fields import SIDES
from workbench.domain.settings import Settings

PASSPHRASE_VARIABLE: Final = "WORKBENCH_PASSPHRASE"
SERVED_VARIABLE: Final = "WORKBENCH_SERVED"

# Windows' credential store takes 2,560 bytes of UTF-16 per entry; an access token is longer.
_PIECE: Final = 1000
# OWASP's minimum for scrypt is N = 2**17 with r = 8, p = 1.
_SCRYPT: Final = {"n": 2**17, "r": 8, "p": 1}


class Vault(Protocol):
    """Keeps secrets by name."""

    def get(self, name: str) -> str | None:
        """Give a secret, or None if there is none of that name."""

    def put(self, name: str, secret: str) -> None:
        """Keep a secret; when this returns it survives a crash (save in memory)."""

    def delete(self, name: str) -> None:
        """Forget a secret; unknown names are no error."""


def open_vault(settings: Settings, folder: Path) -> Vault:
    """Open the vault that a firm's settings name.

    Parameters
    ----------
    settings : Settings
        Of the firm.
    folder : Path
        The firm's folder: two folders never share secrets.

    Returns
    -------
    Vault
        In a process that serves pages one that stays shut: whoever asks it for anything meets
        `NotAllowedHere`, so that kept answers can be read there, and nothing can be sent.

    Raises
    ------
    StorageFailed
        If there is no such vault on this machine, or it does not open.
    """
    if _served():
        return ShutVault()
    by_files = all(settings.side(side).access == "files" for side in SIDES)
    if settings.vault == "memory" or by_files:  # where nobody signs in there is nothing to keep
        return MemoryVault()
    if settings.vault == "file":
        return FileVault(folder / "vault.json", os.environ.get(PASSPHRASE_VARIABLE, ""))
    return KeyringVault(f"workbench {hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}")


def usual_vault() -> str:
    """Say which vault a new firm on this machine should have: the keyring, or a file where there is none."""
    try:
        KeyringVault("workbench")
    except StorageFailed:
        return "file"
    return "keyring"


def _served() -> bool:
    return os.environ.get(SERVED_VARIABLE) == "1"


def _refuse_where_served() -> None:
    if _served():
        raise _not_here()


def _not_here() -> NotAllowedHere:
    return NotAllowedHere(
        "A page's kernel holds no credentials.", "The worker pulls and pushes; ask for it from the page."
    )


class ShutVault:
    """The vault of a process that serves pages: nothing goes in, nothing comes out."""

    def get(self, name: str) -> str | None:
        """Refuse."""
        raise _not_here()

    def put(self, name: str, secret: str) -> None:
        """Refuse."""
        raise _not_here()

    def delete(self, name: str) -> None:
        """Refuse."""
        raise _not_here()


class MemoryVault:
    """Keeps secrets until the process ends."""

    def __init__(self) -> None:
        _refuse_where_served()
        self._secrets: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """Give a secret, or None."""
        return self._secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._secrets.pop(name, None)


class KeyringVault:
    """Keeps secrets in the operating system's keyring, in pieces that every system takes.

    The entry of the name itself says which pieces are in force, and is written last: a crash in between
    leaves the old secret.

    Parameters
    ----------
    service : str
        Under what the entries stand in the keyring.
    backend : KeyringBackend, optional
        By default the system's own.

    Raises
    ------
    StorageFailed
        If this machine has no safe keyring.
    """

    def __init__(self, service: str, backend: KeyringBackend | None = None) -> None:
        _refuse_where_served()
        self._service = service
        self._ring = backend or keyring.get_keyring()
        if self._ring.priority < 1 or "plaintext" in type(self._ring).__name__.lower():
            raise StorageFailed(
                "This machine has no keyring that could keep the sign-in.",
                f'Set vault = "file" in firm.toml and put a passphrase into {PASSPHRASE_VARIABLE}.',
            )

    def get(self, name: str) -> str | None:
        """Give a secret, or None."""
        pieces = [self._entry(piece) for piece in self._pieces(name)]
        whole = [piece for piece in pieces if piece is not None]
        return "".join(whole) if pieces and len(whole) == len(pieces) else None

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        before = self._pieces(name)
        mark = secrets.token_hex(4)
        now = [f"{name} {mark} {n}" for n in range(0, len(secret), _PIECE)]
        try:
            for n, piece in enumerate(now):
                self._ring.set_password(self._service, piece, secret[n * _PIECE : (n + 1) * _PIECE])
            self._ring.set_password(self._service, name, json.dumps(now))
        except keyring.errors.KeyringError as error:
            raise StorageFailed("The keyring refused to keep the sign-in.", "Unlock it and retry.") from error
        self._drop(before)

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._drop([*self._pieces(name), name])

    def _pieces(self, name: str) -> list[str]:
        return [str(piece) for piece in json.loads(self._entry(name) or "[]")]

    def _entry(self, name: str) -> str | None:
        try:
            return self._ring.get_password(self._service, name)
        except keyring.errors.KeyringError as error:
            raise StorageFailed("The keyring does not open.", "Unlock it and try again.") from error

    def _drop(self, names: list[str]) -> None:
        for name in names:
            try:
                self._ring.delete_password(self._service, name)
            except keyring.errors.PasswordDeleteError:
                continue  # not there (any more)


class FileVault:
    """Keeps secrets in one file, encrypted with a passphrase (scrypt, Fernet), readable by its owner only.

    Parameters
    ----------
    path : Path
        The file; made where there is none.
    passphrase : str
        Never kept.

    Raises
    ------
    StorageFailed
        If the passphrase is missing or does not open the file.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        _refuse_where_served()
        if not passphrase:
            raise StorageFailed(
                "The file vault needs a passphrase.", f"Put it into {PASSPHRASE_VARIABLE} and start again."
            )
        self._path = path
        self._lock = FileLock(str(path) + ".lock", mode=0o600)
        with self._lock:
            # Made at once, so that all processes share its salt.
            stored = self._stored() if path.exists() else None
            self._salt = base64.b64decode(stored["salt"]) if stored else os.urandom(16)
            key = Scrypt(salt=self._salt, length=32, **_SCRYPT).derive(passphrase.encode())
            self._box = Fernet(base64.urlsafe_b64encode(key))
            if stored is None:
                self._write({})
        self._read()

    def get(self, name: str) -> str | None:
        """Give a secret, or None."""
        return self._read().get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        with self._lock:
            self._write({**self._read(), name: secret})

    def delete(self, name: str) -> None:
        """Forget a secret."""
        with self._lock:
            kept = self._read()
            if kept.pop(name, None) is not None:
                self._write(kept)

    def _stored(self) -> dict[str, str]:
        try:
            stored = json.loads(self._path.read_text())
            return {name: str(stored[name]) for name in ("salt", "box")}
        except (OSError, ValueError, KeyError, TypeError):
            raise self._shut() from None

    def _read(self) -> dict[str, str]:
        try:
            opened = json.loads(self._box.decrypt(self._stored()["box"].encode()))
        except InvalidToken:
            raise self._shut() from None
        return {str(name): str(secret) for name, secret in opened.items()}

    def _shut(self) -> StorageFailed:
        return StorageFailed(
            f"{self._path.name} does not open with this passphrase.",
            f"Check {PASSPHRASE_VARIABLE}, or delete the file and connect again.",
        )

    def _write(self, kept: dict[str, str]) -> None:
        """Replace the file in one step, so that a crash leaves either the old or the new one."""
        stored = {
            "format": 1,
            "salt": base64.b64encode(self._salt).decode(),
            "box": self._box.encrypt(json.dumps(kept).encode()).decode(),
        }
        beside = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        try:
            private = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(private, "w") as file:
                file.write(json.dumps(stored))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageFailed("The sign-in could not be kept on disk.", "Check its space.") from error
