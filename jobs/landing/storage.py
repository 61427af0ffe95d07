"""Landing storage behind one small interface: a directory (`LocalStorage`) or an S3 bucket (`S3Storage`).

An object is named by its path relative to the landing root, with `/` between the parts:
`<source>/<dataset>/dt=YYYY-MM-DD/<any name>`. It never changes once written. Both storages are small picklable
values, so that Spark's workers can open objects by themselves.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast
from urllib.parse import unquote

from jobs.errors import RunFailedError, UsageError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from jobs.settings import Settings

TEMPORARY_PREFIXES = (".", "_")
TEMPORARY_SUFFIXES = (".tmp", ".part")
LEFT_BEHIND_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".localized", "__macosx", "$recycle.bin"})
LEFT_BEHIND_PREFIXES = ("~$", "._", ".~lock.")
# The landing zone holds personal data before tokenising, so it is for its owner only.
OWNER_ONLY_DIRECTORY = 0o700
OWNER_ONLY_FILE = 0o600
S3_CONNECT_TIMEOUT_SECONDS = 10
S3_READ_TIMEOUT_SECONDS = 60
S3_ATTEMPTS = 5
_TOLD = {
    "InvalidAccessKeyId": "the server knows no key of that name: see {place}_ACCESS_KEY",
    "SignatureDoesNotMatch": "the secret is not that of the key: see {place}_SECRET_KEY",
    "AccessDenied": "the key may not do that, or none is set: see {place}_ACCESS_KEY",
    "NoCredentialsError": "no key is set: {place}_ACCESS_KEY and {place}_SECRET_KEY",
    "NoSuchBucket": "there is no bucket of that name: see {place}",
    "RequestTimeTooSkewed": "the clocks of this machine and of the server differ by more than a quarter of an hour",
    "EndpointConnectionError": "nobody answers there: see NTM_S3_ENDPOINT",
    "ConnectTimeoutError": "nobody answers there: see NTM_S3_ENDPOINT",
}
"""What an error of the server, or of the client, means for who runs this. `place`: the setting that names the bucket."""
READ_BUFFER_BYTES = 1 << 20


class StorageError(RunFailedError):
    """The landing storage could not be used, or a path is not one of an object."""


class ObjectExistsError(StorageError):
    """Another object has this path already; landed objects never change."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One landed object: `path` relative to the landing root, `size` in bytes.

    `version` is another string whenever the bytes may have changed: the modification time in nanoseconds, or the
    ETag on S3.
    """

    path: str
    size: int
    version: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something in the landing zone that is no object.

    `why`: `link`, a symbolic link, which is not followed; `name`, a path that cannot be written down; `left_behind`, what Office and
    desktops put beside the files that they open.
    """

    path: str
    why: Literal["link", "name", "left_behind"]


ACCESS_KEY, SECRET_KEY = "NTM_LANDING_ACCESS_KEY", "NTM_LANDING_SECRET_KEY"


@dataclass(frozen=True, slots=True)
class S3Access:
    """How an S3 server is reached. It goes to the workers, whose plans and closures are written to logs, and so holds no key.

    `has_keys`: they are in the environment of each process that reads (`NTM_LANDING_ACCESS_KEY`, `NTM_LANDING_SECRET_KEY`); else boto3's own chain
    (instance role, profile) is used.
    """

    endpoint: str | None = None
    has_keys: bool = False

    def keys(self) -> tuple[str | None, str | None]:
        """The keys of this process.

        Raises:
            StorageError: they should be in its environment and are not.
        """
        if not self.has_keys:
            return None, None
        missing = [name for name in (ACCESS_KEY, SECRET_KEY) if not os.environ.get(name)]
        if missing:
            raise StorageError(
                f"{' and '.join(missing)} missing from the environment of this process: each worker needs the keys of the landing zone"
            )
        return os.environ[ACCESS_KEY], os.environ[SECRET_KEY]


class LandingStorage(Protocol):
    """Where objects land."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """The objects whose path starts with `prefix` (`""`: all), sorted by path, read as the caller goes on."""
        ...

    def scan(self, prefix: str) -> Iterator[StoredObject | Ignored]:
        """The objects, as `list` gives them, and what is ignored beside them.

        Left out are temporary names (any part of the path that starts with `.` or `_` or ends in `.tmp` or `.part`).
        """
        ...

    def open(self, path: str) -> BinaryIO:
        """The bytes of an object as a stream; not seekable on S3.

        Raises:
            FileNotFoundError: there is no such object.
            PermissionError: this one object may not be read.
            StorageError: the path is not allowed, or the storage failed (then the object itself may be fine).
        """
        ...

    def put_new(self, path: str, content: bytes) -> None:
        """Write an object, whole or not at all; the same bytes again are no change.

        Raises:
            ObjectExistsError: the path holds other bytes.
            StorageError: the path is not allowed, or the storage failed.
        """
        ...


def landing_access(settings: Settings) -> S3Access | None:
    """How the landing zone's S3 server is reached; None where objects land in a directory.

    Raises:
        UsageError: only one of the two keys is set.
    """
    if settings.landing_url.startswith("file:"):
        return None
    access, secret = settings.landing_access_key, settings.landing_secret_key
    if (access is None) != (secret is None):
        raise UsageError(f"{ACCESS_KEY} and {SECRET_KEY} are set together or not at all")
    if access is not None and secret is not None:
        # They may be from `.env`: the workers that this process starts find them where those of a cluster do.
        os.environ.update({ACCESS_KEY: access, SECRET_KEY: secret.get_secret_value()})
    return S3Access(settings.s3_endpoint, has_keys=access is not None)


def landing_storage(url: str, *, s3: S3Access | None = None) -> LandingStorage:
    """The storage at a landing URL (`file:///…`, `s3://bucket/prefix` or `s3a://bucket/prefix`). Opens nothing yet.

    Raises:
        UsageError: the URL has another form.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "file" and rest.startswith("/"):
        return LocalStorage(Path(unquote(rest)))
    bucket, _, prefix = rest.partition("/")
    if scheme in {"s3", "s3a"} and bucket:
        return S3Storage(bucket, prefix.strip("/"), s3 or S3Access())
    raise UsageError(f"NTM_LANDING: expected file:///… or s3://bucket/prefix, got {url!r}")


def require_landing(settings: Settings) -> None:
    """Make sure that the folder where objects land is there. The workspace's own one is made where it is missing.

    Raises:
        UsageError: `NTM_LANDING` names a folder that is not there: a misspelt path, or a share that is not mounted.
    """
    if not settings.landing_url.startswith("file:"):
        return
    root = Path(unquote(settings.landing_url.removeprefix("file://")))
    if not settings.landing:
        _make_directories(root)
    elif not root.is_dir():
        raise UsageError(f"NTM_LANDING: there is no folder {root}")


def is_temporary(path: str) -> bool:
    """Whether any part of a path has a name that marks a file still being written."""
    return any(part.startswith(TEMPORARY_PREFIXES) or part.lower().endswith(TEMPORARY_SUFFIXES) for part in path.split("/"))


def is_left_behind(path: str) -> bool:
    """Whether a part of a path has a name that Office or a desktop gives to files of its own."""
    parts = [part.lower() for part in path.split("/")]
    return any(part in LEFT_BEHIND_NAMES or part.startswith(LEFT_BEHIND_PREFIXES) for part in parts)


def _objects(found: Iterable[StoredObject | Ignored]) -> Iterator[StoredObject]:
    return (item for item in found if isinstance(item, StoredObject))


def _is_plain(path: str) -> bool:
    """Whether a path stays below the landing root and can be written down as UTF-8."""
    if any(part in {"", ".", ".."} or "\0" in part for part in path.split("/")):
        return False
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _checked(path: str) -> str:
    if not _is_plain(path):
        raise StorageError(f"{path!r} is not the path of an object: expected parts/with/slashes below the landing root")
    return path


def _checked_for_writing(path: str) -> str:
    if is_temporary(_checked(path)):
        raise StorageError(f"{path!r} is a temporary name, which is never listed: choose another name")
    return path


def _checked_prefix(prefix: str) -> str:
    if prefix:
        _checked(prefix.removesuffix("/"))
    return prefix


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """Objects in a directory. Symbolic links below the root are not followed, wherever they lead."""

    root: Path

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """See `LandingStorage.list`."""
        return _objects(self.scan(prefix))

    def scan(self, prefix: str) -> Iterator[StoredObject | Ignored]:
        """See `LandingStorage.scan`."""
        return self._walk(self.root, "", _checked_prefix(prefix))

    def open(self, path: str) -> BinaryIO:
        """See `LandingStorage.open`."""
        target = self._locate(_checked(path))
        if not stat.S_ISREG(target.lstat().st_mode):
            raise StorageError(f"{target} is not a file")
        return open(target, "rb", opener=_open_without_following)

    def put_new(self, path: str, content: bytes) -> None:
        """See `LandingStorage.put_new`."""
        target = self._locate(_checked_for_writing(path))
        temporary = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            _make_directories(target.parent)
            try:
                _write_durably(temporary, content)
                # A link, not a rename: it fails where the name is taken, so nothing that landed is ever replaced.
                os.link(temporary, target)
            except FileExistsError:
                with self.open(path) as existing:
                    _require_same(path, existing, content)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_directory(target.parent)
        except OSError as error:
            raise StorageError(f"cannot write {target}: {error.strerror}") from error

    def _locate(self, path: str) -> Path:
        root = self.root.resolve()
        target = root / path
        if target.resolve() != target:
            raise StorageError(f"{path!r} leads through a symbolic link, which is not followed in the landing zone")
        return target

    def _walk(self, directory: Path, base: str, prefix: str) -> Iterator[StoredObject | Ignored]:
        try:
            with os.scandir(directory) as scan:
                # With its slash a directory sorts where its objects' whole paths do.
                entries = sorted((f"{base}{entry.name}{'/' if entry.is_dir(follow_symlinks=False) else ''}", entry) for entry in scan)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"cannot list {directory}: {error.strerror}") from error
        for path, entry in entries:
            is_directory = path.endswith("/")
            leads_to_prefix = path.startswith(prefix) or (is_directory and prefix.startswith(path))
            if not leads_to_prefix:
                continue
            if is_left_behind(entry.name):
                yield Ignored(path, "left_behind")
            elif is_temporary(path.removesuffix("/")):
                continue
            elif not _is_plain(path.removesuffix("/")) or entry.is_symlink():
                yield Ignored(path, "link" if entry.is_symlink() else "name")
            elif is_directory:
                yield from self._walk(directory / entry.name, path, prefix)
            elif entry.is_file(follow_symlinks=False):
                # A file may be gone since the directory was read (a sender's rename): then it is no object.
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    yield StoredObject(path, status.st_size, str(status.st_mtime_ns))


@dataclass(frozen=True, slots=True)
class S3Storage:
    """Objects under a prefix of an S3 bucket."""

    bucket: str
    prefix: str
    access: S3Access

    @property
    def client(self) -> S3Client:
        """The boto3 client of this process for this server; made when first used."""
        return s3_client(self.access.endpoint, *self.access.keys())

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """See `LandingStorage.list`."""
        return _objects(self.scan(prefix))

    def scan(self, prefix: str) -> Iterator[StoredObject | Ignored]:
        """See `LandingStorage.scan`."""
        return self._pages(self._key(_checked_prefix(prefix)))

    def open(self, path: str) -> BinaryIO:
        """See `LandingStorage.open`."""
        from botocore.exceptions import BotoCoreError, ClientError

        key = self._key(_checked(path))
        try:
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
        except ClientError as error:
            if _error_code(error) in {"NoSuchKey", "404"}:
                raise FileNotFoundError(f"no object {self._url(key)}") from None
            if _error_code(error) in {"AccessDenied", "403"}:
                raise PermissionError(f"may not read {self._url(key)}") from None
            raise self._failure("read", key, error) from error
        except BotoCoreError as error:
            raise self._failure("read", key, error) from error
        return cast("BinaryIO", io.BufferedReader(_S3Body(body, self._url(key)), READ_BUFFER_BYTES))

    def put_new(self, path: str, content: bytes) -> None:
        """See `LandingStorage.put_new`."""
        from botocore.exceptions import BotoCoreError, ClientError

        key = self._key(_checked_for_writing(path))
        try:
            checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
            self.client.put_object(Bucket=self.bucket, Key=key, Body=content, IfNoneMatch="*", ChecksumSHA256=checksum)
        except ClientError as error:
            # 412: the name is taken. 409: another writer is putting it at this moment.
            if _error_code(error) not in {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}:
                raise self._failure("write", key, error) from error
        except BotoCoreError as error:
            raise self._failure("write", key, error) from error
        else:
            return
        try:
            with self.open(path) as existing:
                _require_same(path, existing, content)
        except FileNotFoundError:
            raise StorageError(f"cannot write {self._url(key)}: another writer was at it; run again") from None

    def _pages(self, key_prefix: str) -> Iterator[StoredObject | Ignored]:
        from botocore.exceptions import BotoCoreError, ClientError

        root = len(self._key(""))
        try:
            # S3 lists keys in the order of their UTF-8 bytes, which is that of `sorted` over their text.
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=key_prefix):
                for entry in page.get("Contents", ()):
                    path = entry["Key"][root:]
                    if path.endswith("/"):
                        continue
                    if is_left_behind(path):
                        yield Ignored(path, "left_behind")
                    elif is_temporary(path):
                        continue
                    elif not _is_plain(path):
                        yield Ignored(path, "name")
                    else:
                        yield StoredObject(path, entry["Size"], entry["ETag"].strip('"'))
        except (BotoCoreError, ClientError) as error:
            raise self._failure("list", key_prefix, error) from error

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def _url(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def _failure(self, action: str, key: str, error: Exception) -> StorageError:
        return StorageError(f"cannot {action} {self._url(key)}: {s3_error_told(error, 'NTM_LANDING')}")


class _S3Body(io.RawIOBase):
    """An S3 answer's body as a raw stream, whose failures are not taken for a broken object."""

    def __init__(self, body: StreamingBody, url: str) -> None:
        self._body = body
        self._url = url

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: WriteableBuffer
        from botocore.exceptions import BotoCoreError

        try:
            chunk = self._body.read(len(buffer))
        except BotoCoreError as error:
            raise StorageError(f"cannot read {self._url}: {_error_code(error)}") from error
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


@lru_cache(maxsize=8)
def s3_client(endpoint: str | None, access_key: str | None, secret_key: str | None) -> S3Client:
    """The boto3 client of this process for a server and a key; without a key boto3's own chain is used."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        # A server of one's own has no region, but the signature needs one.
        region_name="us-east-1" if endpoint else None,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            connect_timeout=S3_CONNECT_TIMEOUT_SECONDS,
            read_timeout=S3_READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": S3_ATTEMPTS},
            s3={"addressing_style": "path" if endpoint else "auto"},
            # Trailing checksums are newer than many S3 servers; what is put has its checksum in a header.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_supported",
        ),
    )


def s3_error_told(error: Exception, place: str) -> str:
    """What went wrong, without details of the request: the server's code or the kind of failure, and what it means for the settings of a place.

    `place`: the setting that names the bucket (`NTM_LANDING`, `NTM_WAREHOUSE`).
    """
    code = _error_code(error)
    told = _TOLD.get(code)
    return f"{code} ({told.format(place=place)})" if told else code


def _error_code(error: Exception) -> str:
    """What went wrong in a word: the server's code, else the kind of failure; never request details."""
    response = getattr(error, "response", None)
    return str(response["Error"]["Code"]) if isinstance(response, dict) else type(error).__name__


def _require_same(path: str, existing: BinaryIO, content: bytes) -> None:
    # One byte more tells a longer object without reading it whole.
    if existing.read(len(content) + 1) != content:
        raise ObjectExistsError(f"{path!r} has landed before with other bytes; a landed object never changes")


def _open_without_following(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_directories(directory: Path) -> None:
    if directory.is_dir():
        return
    _make_directories(directory.parent)
    directory.mkdir(mode=OWNER_ONLY_DIRECTORY, exist_ok=True)
    _sync_directory(directory.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
