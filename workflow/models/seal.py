"""Seals secrets that have to be stored (a channel's app password): Fernet under a key derived from the secret key."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """The secret was sealed under another secret key. Say it again with `teabreak channel add`."""


def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"teabreak channel secret").derive(
        secret_key.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(secret: str, secret_key: str) -> bytes:
    """`secret`, unreadable without `secret_key`."""
    return _fernet(secret_key).encrypt(secret.encode())


def unseal(sealed: bytes, secret_key: str) -> str:
    """The secret again. Raises SealBroken under another key."""
    if not sealed:
        return ""
    try:
        return _fernet(secret_key).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBroken(
            "The channel's password was sealed under another secret key. Add the channel's password again."
        ) from None
