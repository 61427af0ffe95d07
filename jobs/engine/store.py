"""How S3 is reached: in the words of `deltalake`, which the warehouse keeps, and Arrow's client made of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyarrow.fs import S3FileSystem
    from pydantic import SecretStr

_REGION = "us-east-1"
"""A server of one's own has no region, but the signature needs one."""


def s3_options(endpoint: str | None, access_key: str | None, secret_key: SecretStr | None) -> dict[str, str]:
    """The storage options of `deltalake` for an endpoint (None: Amazon's) and its keys; without both of them its client's own chain is used."""
    options: dict[str, str] = {}
    if endpoint:
        options |= {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": _REGION, "AWS_ALLOW_HTTP": str(endpoint.startswith("http://")).lower()}
    if access_key and secret_key:
        options |= {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key.get_secret_value()}
    return options


def s3_filesystem(options: Mapping[str, str]) -> S3FileSystem:
    """Arrow's client for storage options, one a process."""
    return _filesystem(tuple(sorted(options.items())))


@lru_cache(maxsize=4)
def _filesystem(options: tuple[tuple[str, str], ...]) -> S3FileSystem:
    from pyarrow.fs import S3FileSystem

    given = dict(options)
    scheme, _, host = given.get("AWS_ENDPOINT_URL", "").rpartition("://")
    reached = {"endpoint_override": host, "scheme": scheme or "https", "region": given["AWS_REGION"]} if host else {}
    return S3FileSystem(access_key=given.get("AWS_ACCESS_KEY_ID"), secret_key=given.get("AWS_SECRET_ACCESS_KEY"), **reached)
