"""The firm's own key: a signature that anybody can check who holds the public half.

Keys are Ed25519 in PEM files and signatures are the 64 raw bytes, so that ``openssl`` checks them too::

    openssl pkeyutl -verify -pubin -inkey firm.pub.pem -rawin -in manifest.json -sigfile manifest.sig
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from workbench.domain.errors import BadInput


def new_key(path: Path) -> Path:
    """Make a key pair: the private half for its owner only, the public one beside it.

    Parameters
    ----------
    path : Path
        Where the private half goes; nothing is overwritten.

    Returns
    -------
    Path
        The public half, to be given to whoever is to check signatures.
    """
    key = Ed25519PrivateKey.generate()
    public = path.with_suffix(".pub.pem")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except FileExistsError:
        raise BadInput(f"There is a key at {path} already.", "Use it, or name another file.") from None
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public


def signed(path: Path, text: bytes) -> bytes:
    """Give the signature (64 bytes) of a text under a private key."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path} is no private Ed25519 key.", "Make one with `workbench key FILE`.")
    return key.sign(text)


def holds(path: Path, text: bytes, signature: bytes) -> bool:
    """Tell whether a signature of a text was made with the private half of a public key."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"{path} is no public Ed25519 key.", "Name the firm's *.pub.pem file.")
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
