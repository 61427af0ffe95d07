"""Where objects land and tables stand: folders, or buckets of an S3 server; and the database that keeps the writer's lock."""

from __future__ import annotations

import secrets
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from jobs.doctor.findings import Finding, checks
from jobs.doctor.machine import PROBE_PREFIX, room
from jobs.errors import RunFailedError, UsageError
from jobs.landing.storage import landing_access, landing_storage, require_landing, s3_client, s3_error_told
from jobs.lock import require_lock_database
from jobs.machine import user_name
from jobs.settings import Settings, path_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.doctor.findings import State

S3_SECONDS = 10
SKEW_WARNS_SECONDS = 5 * 60
SKEW_WRONG_SECONDS = 15 * 60
"""From here on an S3 server refuses what was signed."""
_OTHERS = 0o007
_TAKEN = ("PreconditionFailed", "412")
_LANDING_MEND = (
    "look at NTM_LANDING, NTM_LANDING_ACCESS_KEY, NTM_LANDING_SECRET_KEY; the rights that the key needs: infra/policies/landing.json"
)
_WAREHOUSE_MEND = "look at NTM_WAREHOUSE, NTM_WAREHOUSE_ACCESS_KEY, NTM_WAREHOUSE_SECRET_KEY; the rights that the key needs: infra/policies/warehouse.json"
_CLOCK_MEND = "set both clocks by the network: timedatectl set-ntp true"


def workspace(settings: Settings) -> Finding:
    """Whether the workspace is there, can be written to, and has room."""
    return _workspace(settings.home)


@checks("workspace", f"give the folder to the user {user_name()}, or set NTM_HOME to one that is his")
def _workspace(home: Path) -> Finding:
    found = room("workspace", home)
    if not home.is_dir():
        return Finding("workspace", "warning", f"there is none at {home} yet; a run would make one", "go to its folder, or set NTM_HOME")
    return found


@checks("S3 server", "look at NTM_S3_ENDPOINT, and whether the server runs")
def s3_server(settings: Settings) -> Finding:
    """Whether somebody answers at the address of the S3 server."""
    if not _is_on_s3(settings):
        return Finding("S3 server", "not used", "landing zone and warehouse are folders")
    if settings.s3_endpoint is None:
        return Finding("S3 server", "not used", "NTM_S3_ENDPOINT is not set: Amazon's own servers are asked")
    _asked(settings.s3_endpoint)
    return Finding("S3 server", "ok", f"{settings.s3_endpoint} answers")


@checks("clock", _CLOCK_MEND)
def clock(settings: Settings, server: Finding) -> Finding:
    """Whether this machine and the S3 server tell the same time: the server refuses what was signed at another one."""
    if settings.s3_endpoint is None or not _is_on_s3(settings):
        return Finding("clock", "not used", "there is no server whose clock this machine's has to agree with")
    if not server.is_usable:
        return Finding("clock", "not checked", "the S3 server does not answer")
    before = datetime.now(UTC)
    told = _asked(settings.s3_endpoint).headers.get("Date")
    if told is None:
        return Finding("clock", "not checked", "the S3 server does not tell its time")
    ours = before + (datetime.now(UTC) - before) / 2
    apart = abs((parsedate_to_datetime(told) - ours).total_seconds())
    sentence = f"this machine and the S3 server differ by {apart:,.0f} s"
    if apart > SKEW_WARNS_SECONDS:
        state: State = "wrong" if apart > SKEW_WRONG_SECONDS else "warning"
        return Finding("clock", state, f"{sentence}; from {SKEW_WRONG_SECONDS} on the server refuses all that is asked", _CLOCK_MEND)
    return Finding("clock", "ok", sentence)


def _shown(endpoint: str) -> httpx.URL:
    """The address, which is told to who asks: so none that holds a password.

    Raises:
        UsageError: it is no address, or names a user.
    """
    try:
        url = httpx.URL(endpoint)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise UsageError("NTM_S3_ENDPOINT: expected an address like https://host:port, with neither user nor password")
    return url


def _asked(endpoint: str) -> httpx.Response:
    """What the server answers to nobody in particular.

    Raises:
        RunFailedError: nothing, within some seconds.
    """
    # Whether its certificate is the right one is told by those who bring a key.
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        return httpx.head(_shown(endpoint), timeout=S3_SECONDS, verify=anybody)
    except httpx.ConnectError as error:
        raise RunFailedError(f"NTM_S3_ENDPOINT: nobody answers at {endpoint} ({error})") from None
    except httpx.HTTPError as error:
        raise RunFailedError(f"NTM_S3_ENDPOINT: no answer of HTTP from {endpoint} ({type(error).__name__})") from None


@checks("landing zone", _LANDING_MEND)
def landing(settings: Settings, server: Finding) -> Finding:
    """Whether the landing zone is there and can be listed with its key."""
    folder = path_of(settings.landing_url)
    if folder is None and server.state == "wrong":
        return Finding("landing zone", "not checked", "the S3 server does not answer")
    if folder is not None and not settings.landing and not folder.is_dir():
        return Finding("landing zone", "ok", f"{folder}: not there yet, the first run makes it")
    require_landing(settings)
    first = next(landing_storage(settings.landing_url, s3=landing_access(settings)).list(""), None)
    sentence = f"{folder or settings.landing_url} can be read{'' if first else '; nothing has landed'}"
    if folder is not None and folder.stat().st_mode & _OTHERS:
        return Finding("landing zone", "warning", f"{sentence}; every user of this machine reaches what landed", f"chmod o= {folder}")
    return Finding("landing zone", "ok", sentence)


@checks("warehouse", _WAREHOUSE_MEND)
def warehouse(settings: Settings, server: Finding) -> Finding:
    """Whether the place of the tables can be read and written with its key."""
    folder = path_of(settings.warehouse_url)
    if folder is not None:
        if not settings.warehouse and not folder.is_dir():
            return Finding("warehouse", "ok", f"{folder}: not there yet, the first run makes it")
        return room("warehouse", folder)
    if server.state == "wrong":
        return Finding("warehouse", "not checked", "the S3 server does not answer")
    access, secret = settings.warehouse_access_key, settings.warehouse_secret_key
    if (access is None) != (secret is None):
        raise UsageError("NTM_WAREHOUSE_ACCESS_KEY and NTM_WAREHOUSE_SECRET_KEY are set together or not at all")
    bucket, _, prefix = settings.warehouse_url.partition("://")[2].partition("/")
    probe = "/".join(filter(None, (prefix, f"{PROBE_PREFIX}{secrets.token_hex(8)}.tmp")))
    _try_bucket(s3_client(settings.s3_endpoint, access, secret and secret.get_secret_value()), bucket, prefix, probe)
    return Finding("warehouse", "ok", f"{settings.warehouse_url} can be read and written")


def _try_bucket(client: S3Client, bucket: str, prefix: str, probe: str) -> None:
    """List, write, read and delete, as a run does with tables.

    Raises:
        RunFailedError: the server refuses one of these; or it gives a name to two writers, of which one would lose what it wrote.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    place = f"s3://{bucket}/{prefix}"
    doing = f"list {place}"
    try:
        client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        doing = f"write to {place}"
        client.put_object(Bucket=bucket, Key=probe, Body=b"ntm doctor", IfNoneMatch="*")
        try:
            is_taken_twice = not _is_refused(client, bucket, probe)
            doing = f"read from {place}"
            client.get_object(Bucket=bucket, Key=probe)["Body"].read()
        finally:
            doing = f"delete s3://{bucket}/{probe}"
            client.delete_object(Bucket=bucket, Key=probe)
    except (BotoCoreError, ClientError) as error:
        raise RunFailedError(f"cannot {doing}: {s3_error_told(error, 'NTM_WAREHOUSE')}") from None
    if is_taken_twice:
        raise RunFailedError(
            "the S3 server lets two writers put one name (If-None-Match), so of two commits one would be lost without a word"
        )


def _is_refused(client: S3Client, bucket: str, probe: str) -> bool:
    """Whether the server refuses to put a name that is taken."""
    from botocore.exceptions import ClientError

    try:
        client.put_object(Bucket=bucket, Key=probe, Body=b"ntm doctor", IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return True
        raise
    return False


@checks("writer's lock", "look at NTM_LOCK_DATABASE, and whether the database runs and its user may make a table there")
def writer_lock(settings: Settings) -> Finding:
    """Whether the database that keeps the writer's lock can be asked."""
    if settings.lock_database is None:
        on_s3 = "; right where no other machine writes to this warehouse" if settings.warehouse_url.startswith("s3") else ""
        return Finding("writer's lock", "not used", f"NTM_LOCK_DATABASE is not set: a file of the workspace is the lock{on_s3}")
    require_lock_database(settings)
    return Finding("writer's lock", "ok", "the database of NTM_LOCK_DATABASE answers")


def _is_on_s3(settings: Settings) -> bool:
    return any(path_of(url) is None for url in (settings.landing_url, settings.warehouse_url))
