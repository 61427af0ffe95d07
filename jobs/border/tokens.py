"""Keyed tokens: what stands for a person or a record where the value itself may not go (architecture, "The border").

HMAC-SHA256 (RFC 2104) over the normalised value. Prefixes keep the uses apart, so that the token of an ID
number never equals the hash of a record whose key happens to be that number.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from jobs.errors import UsageError

MIN_KEY_LENGTH = 32
"""Characters (settings.MIN_PII_KEY_LENGTH says the same for a key given in the environment)."""

TOKEN_LENGTH = 32
"""Hex digits of a token or key hash: 128 bits, so that two values of a province never meet by chance."""

TOKEN_DOMAIN = b"ntm:token:v1\0"
KEY_DOMAIN = b"ntm:key:v1\0"
_FINGERPRINT_DOMAIN = b"ntm:fingerprint:v1\0"
PART_SEPARATOR = "\x1f"  # str.split takes it for white space, so no normalised part can hold it
_BLOCK_BYTES = 64


def load_key(path: Path) -> bytes:
    """Read the key of the tokens.

    Args:
        path: a text file with one key of at least 32 characters, readable by its owner only.

    Raises:
        UsageError: the file is missing, open to others, not text or too short. The message never shows the key.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_bytes().decode("utf-8").strip()
    except UnicodeDecodeError:
        raise UsageError(f"key file {path}: expected text in UTF-8") from None
    except OSError as error:
        raise UsageError(f"key file {path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise UsageError(f"key file {path}: expected mode 0600 (its owner only), found {mode & 0o777:04o}")
    if len(text) < MIN_KEY_LENGTH:
        raise UsageError(f"key file {path}: expected at least {MIN_KEY_LENGTH} characters")
    return text.encode("utf-8")


def make_key(path: Path) -> None:
    """Create a random key file, mode 0600. A file that is there already stays: a new key would orphan all tokens.

    Raises:
        UsageError: the file cannot be written.
    """
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"key file {path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")


def normalised(value: str) -> str:
    """The form in which values are compared: NFC, case-folded, white space trimmed and collapsed to single spaces."""
    if value.isascii():
        return " ".join(value.lower().split())
    folded = unicodedata.normalize("NFC", value).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def token(key: bytes, value: str | None) -> str | None:
    """The token of a personal value: 32 hex digits; None for None or a blank value."""
    text = normalised(value) if value else ""
    return _hasher(key, TOKEN_DOMAIN)(text) if text else None


def key_hash(key: bytes, parts: Iterable[str | None]) -> str | None:
    """The keyed hash of a record's business key: 32 hex digits; None when a part of the key is missing or blank.

    Parts are compared as `token` compares values, without regard to case: of two spellings of one key, a secret version
    under either must hide both.
    """
    texts = [normalised(part) if part else "" for part in parts]
    return None if "" in texts else _hasher(key, KEY_DOMAIN)(PART_SEPARATOR.join(texts))


def key_fingerprint(key: bytes) -> str:
    """What tells one key from another and from which the key cannot be found: 32 hex digits."""
    return _hasher(key, _FINGERPRINT_DOMAIN)("")


@lru_cache(maxsize=8)
def _hasher(key: bytes, domain: bytes) -> Callable[[str], str]:
    """HMAC-SHA256 of domain + text from the two states that depend on the key only: 0.9 µs, `hmac.digest` takes 2.4."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    copy_inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + domain).copy
    copy_outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy

    def hashed(text: str) -> str:
        inner, outer = copy_inner(), copy_outer()
        # A lone surrogate, which only a JSON escape can bring, has no UTF-8; it must not break the line's fate.
        inner.update(text.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.hexdigest()[:TOKEN_LENGTH]

    return hashed
