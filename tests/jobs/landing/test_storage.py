"""Landing storage: whole objects, never overwritten, never outside the root."""

from __future__ import annotations

import io
import os
import pickle
import stat
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import UsageError
from jobs.landing import storage as storage_module
from jobs.landing.storage import (
    ACCESS_KEY,
    SECRET_KEY,
    Ignored,
    LocalStorage,
    ObjectExistsError,
    S3Access,
    S3Storage,
    StorageError,
    StoredObject,
    landing_access,
    landing_storage,
    require_landing,
)
from jobs.settings import Settings

PAGE = "eoffice/work_records/dt=2025-03-01/a.ndjson"


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "landing")


def drop(local: LocalStorage, path: str, content: bytes = b"x") -> Path:
    """A file that a sender put there without us."""
    target = local.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def paths(local: LocalStorage, prefix: str = "") -> list[str]:
    return [found.path for found in local.list(prefix)]


def test_what_was_put_is_listed_and_opened(local: LocalStorage) -> None:
    local.put_new(PAGE, b"one\n")
    (found,) = local.list("")
    assert (found.path, found.size) == (PAGE, 4)
    assert found.version == str((local.root / PAGE).stat().st_mtime_ns)
    with local.open(found.path) as stream:
        assert stream.read() == b"one\n"


def test_version_changes_with_the_bytes(local: LocalStorage) -> None:
    target = drop(local, PAGE, b"one")
    (before,) = local.list("")
    target.write_bytes(b"two")
    os.utime(target, ns=(0, target.stat().st_mtime_ns + 1))
    (after,) = local.list("")
    assert before.version != after.version


def test_a_root_that_is_not_there_holds_nothing(local: LocalStorage) -> None:
    assert paths(local) == []


@given(
    st.sets(
        st.lists(st.sampled_from(["a", "b", "a.b", "a-b", "dt=1", "é", "đ"]), min_size=1, max_size=3).map("/".join),
        max_size=8,
    ),
    st.sampled_from(["", "a", "a/", "a/b", "a.b/", "z", "dt=1/a"]),
)
def test_listing_is_the_sorted_paths_with_the_prefix(tmp_path_factory: pytest.TempPathFactory, wanted: set[str], prefix: str) -> None:
    local = LocalStorage(tmp_path_factory.mktemp("landing"))
    # A file cannot be a directory too.
    files = {path for path in wanted if not any(other.startswith(path + "/") for other in wanted)}
    for path in files:
        drop(local, path)
    assert paths(local, prefix) == sorted(path for path in files if path.startswith(prefix))


@pytest.mark.parametrize("path", ["s/d/.a.csv", "s/d/_a.csv", "s/d/a.csv.tmp", "s/d/a.part", "s/d/A.TMP", "_temporary/0/a.csv", "s/.git/a"])
def test_temporary_names_are_no_objects(local: LocalStorage, path: str) -> None:
    drop(local, path)
    drop(local, "s/d/a.csv")
    assert paths(local) == ["s/d/a.csv"]
    with pytest.raises(StorageError, match="temporary name"):
        local.put_new(path, b"x")


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../../b", "a//b", "./a", "a/", "a\0b", "a/\udcff"])
def test_paths_that_are_not_below_the_root_are_refused(local: LocalStorage, path: str) -> None:
    s3 = S3Storage("bucket", "landing", S3Access(endpoint="http://127.0.0.1:1"))
    for each in (local, s3):
        with pytest.raises(StorageError, match="not the path of an object"):
            each.open(path)
        with pytest.raises(StorageError, match="not the path of an object"):
            each.put_new(path, b"x")


def test_prefixes_outside_the_root_are_refused(local: LocalStorage) -> None:
    for prefix in ("../", "/etc", "a/../.."):
        with pytest.raises(StorageError, match="not the path of an object"):
            local.list(prefix)


def test_symbolic_links_are_not_followed(local: LocalStorage, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(b"secret")
    drop(local, "s/d/a.csv")
    (local.root / "s/d/file.csv").symlink_to(outside / "secret.csv")
    (local.root / "s/up").symlink_to(outside)
    (local.root / "s/loop").symlink_to(local.root)
    assert paths(local) == ["s/d/a.csv"]
    assert {(item.path, item.why) for item in local.scan("") if isinstance(item, Ignored)} == {
        ("s/d/file.csv", "link"),
        ("s/loop", "link"),
        ("s/up", "link"),
    }
    for path in ("s/d/file.csv", "s/up/secret.csv", "s/loop/s/d/a.csv"):
        with pytest.raises(StorageError, match="symbolic link"):
            local.open(path)
    with pytest.raises(StorageError, match="symbolic link"):
        local.put_new("s/up/new.csv", b"x")
    assert sorted(file.name for file in outside.iterdir()) == ["secret.csv"]


@pytest.mark.parametrize(
    "name", ["~$x.xlsx", "Thumbs.db", "desktop.ini", ".DS_Store", "._x.csv", ".~lock.x.xlsx#", "THUMBS.DB", "__MACOSX/x.csv", "s/._x/a"]
)
def test_what_desktops_leave_behind_is_no_object(local: LocalStorage, name: str) -> None:
    drop(local, f"s/d/{name}")
    drop(local, "s/d/a.csv")
    assert paths(local) == ["s/d/a.csv"]
    assert [item.why for item in local.scan("") if isinstance(item, Ignored)] == ["left_behind"]


def test_the_landing_zone_has_to_be_there_but_for_the_workspaces_own(tmp_path: Path) -> None:
    require_landing(Settings(home=tmp_path / "var", _env_file=None))
    assert stat.S_IMODE((tmp_path / "var" / "landing").stat().st_mode) == 0o700
    (tmp_path / "file").write_text("")
    for missing in (tmp_path / "tờ khai mới", tmp_path / "file"):
        with pytest.raises(UsageError, match=f"NTM_LANDING: there is no folder {missing}"):
            require_landing(Settings(home=tmp_path, landing=missing.as_uri(), _env_file=None))
    assert not (tmp_path / "tờ khai mới").exists()
    require_landing(Settings(home=tmp_path, landing=tmp_path.as_uri(), _env_file=None))
    require_landing(Settings(home=tmp_path, landing="s3://bucket/none", _env_file=None))


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "landing").symlink_to(tmp_path / "disk")
    local = LocalStorage(tmp_path / "landing")
    local.put_new(PAGE, b"x")
    assert paths(local) == [PAGE]
    local.open(PAGE).close()


def test_what_is_no_file_is_no_object(local: LocalStorage) -> None:
    drop(local, "s/d/a.csv")
    os.mkfifo(local.root / "s/d/pipe.csv")
    (local.root / "s/d/empty").mkdir()
    assert paths(local) == ["s/d/a.csv"]
    for path in ("s/d/pipe.csv", "s/d"):
        with pytest.raises(StorageError, match="is not a file"):
            local.open(path)
    with pytest.raises(FileNotFoundError):
        local.open("s/d/none.csv")


def test_a_name_that_is_not_utf8_is_told_and_left_out(local: LocalStorage) -> None:
    drop(local, "s/d/a.csv")
    (local.root / "s/d" / os.fsdecode(b"b\xe0o.csv")).write_bytes(b"x")
    assert paths(local) == ["s/d/a.csv"]
    assert [item for item in local.scan("") if isinstance(item, Ignored)] == [Ignored("s/d/b\udce0o.csv", "name")]


def test_put_again_is_no_change_and_other_bytes_are_an_error(local: LocalStorage) -> None:
    local.put_new(PAGE, b"one\n")
    before = (local.root / PAGE).stat()
    local.put_new(PAGE, b"one\n")
    for other in (b"two\n", b"one", b"one\nmore", b""):
        with pytest.raises(ObjectExistsError, match="other bytes"):
            local.put_new(PAGE, other)
    after = (local.root / PAGE).stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert [file.name for file in (local.root / PAGE).parent.iterdir()] == ["a.ndjson"]


def test_what_lands_is_for_its_owner_only(local: LocalStorage) -> None:
    local.put_new(PAGE, b"x")
    assert stat.S_IMODE((local.root / PAGE).stat().st_mode) == 0o600
    assert stat.S_IMODE((local.root / "eoffice").stat().st_mode) == 0o700


def test_a_write_that_dies_leaves_no_object(local: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def dying_sync(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            seen.append(paths(local))
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage_module.os, "fsync", dying_sync)
    with pytest.raises(StorageError, match="No space left"):
        local.put_new(PAGE, b"x" * 10_000)
    assert seen == [[]]  # all bytes were written by then, and still nothing was to be seen
    assert list((local.root / PAGE).parent.iterdir()) == []


def test_storages_are_picklable_and_hold_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They go to the workers in closures, and closures into event logs."""
    for name in (ACCESS_KEY, SECRET_KEY):
        monkeypatch.setenv(name, "of before")
    bucket = {"landing": "s3://bucket/landing", "s3_endpoint": "http://s3:7070"}
    access = landing_access(settings(**bucket, landing_access_key="the-key-id", landing_secret_key="the-secret"))
    assert access is not None
    assert access.keys() == ("the-key-id", "the-secret")
    for url in ("file:///landing%20zone", "s3://bucket/a/b", "s3a://bucket"):
        made = landing_storage(url, s3=access)
        assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 (our own bytes)
        for shown in (repr(made).encode(), pickle.dumps(made)):
            assert b"the-secret" not in shown
            assert b"the-key-id" not in shown
    assert landing_storage("file:///landing%20zone") == LocalStorage(Path("/landing zone"))
    assert landing_storage("s3a://bucket/a/b/", s3=access) == S3Storage("bucket", "a/b", access)


@pytest.mark.parametrize("url", ["/landing", "file://host/landing", "s3://", "https://bucket/x", "landing"])
def test_other_landing_urls_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="NTM_LANDING"):
        landing_storage(url)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def test_access_comes_from_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(ACCESS_KEY, raising=False)
    monkeypatch.delenv(SECRET_KEY, raising=False)
    assert landing_access(settings(home=tmp_path)) is None
    bucket = {"landing": "s3://bucket/landing", "s3_endpoint": "http://s3:7070"}
    assert landing_access(settings(**bucket)) == S3Access("http://s3:7070")
    with pytest.raises(UsageError, match="NTM_LANDING_SECRET_KEY"):
        landing_access(settings(**bucket, landing_access_key="id"))
    with pytest.raises(
        StorageError, match=r"NTM_LANDING_ACCESS_KEY and NTM_LANDING_SECRET_KEY missing from the environment of this process"
    ):
        S3Access("http://s3:7070", has_keys=True).keys()


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCESS_KEY, "id")
    monkeypatch.setenv(SECRET_KEY, "s3-secret")


S3 = S3Storage("bucket", "land/ing", S3Access("http://127.0.0.1:1", has_keys=True))
GET = {"Bucket": "bucket", "Key": f"land/ing/{PAGE}"}
PUT = {**GET, "Body": b"one\n", "IfNoneMatch": "*", "ChecksumSHA256": b64encode(sha256(b"one\n").digest()).decode()}


def body_of(content: bytes, length: int | None = None) -> dict[str, Any]:
    return {"Body": StreamingBody(io.BytesIO(content), len(content) if length is None else length)}


def entry(key: str, etag: str = '"e1"', size: int = 3) -> dict[str, Any]:
    return {"Key": key, "ETag": etag, "Size": size}


def test_s3_lists_all_pages_and_leaves_out_what_is_no_object() -> None:
    asked = {"Bucket": "bucket", "Prefix": "land/ing/eoffice/"}
    first = [entry("land/ing/eoffice/"), entry("land/ing/eoffice/_tmp/a"), entry("land/ing/eoffice/a.ndjson")]
    second = [entry("land/ing/eoffice//b"), entry("land/ing/eoffice/x/~$a.xlsx"), entry("land/ing/eoffice/b.ndjson", '"e2-3"', 9)]
    with Stubber(S3.client) as stub:
        more = {"IsTruncated": True, "NextContinuationToken": "next", "Contents": first}
        stub.add_response("list_objects_v2", more, asked)
        stub.add_response("list_objects_v2", {"Contents": second}, {**asked, "ContinuationToken": "next"})
        assert list(S3.scan("eoffice/")) == [
            StoredObject("eoffice/a.ndjson", 3, "e1"),
            Ignored("eoffice//b", "name"),
            Ignored("eoffice/x/~$a.xlsx", "left_behind"),
            StoredObject("eoffice/b.ndjson", 9, "e2-3"),
        ]
        stub.assert_no_pending_responses()


def test_s3_lists_nothing_where_there_is_nothing() -> None:
    with Stubber(S3.client) as stub:
        stub.add_response("list_objects_v2", {"KeyCount": 0}, {"Bucket": "bucket", "Prefix": "land/ing/"})
        assert list(S3.list("")) == []


def test_s3_opens_a_stream() -> None:
    with Stubber(S3.client) as stub:
        stub.add_response("get_object", body_of(b"one\ntwo\n"), GET)
        with S3.open(PAGE) as stream:
            assert stream.readline() == b"one\n"
            assert stream.read() == b"two\n"


def test_s3_tells_a_body_that_was_cut_off() -> None:
    with Stubber(S3.client) as stub:
        stub.add_response("get_object", body_of(b"one\n", length=8), GET)
        with S3.open(PAGE) as stream, pytest.raises(StorageError, match="IncompleteReadError"):
            stream.read()


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NoSuchKey", 404, FileNotFoundError),
        ("AccessDenied", 403, PermissionError),
        ("NoSuchBucket", 404, StorageError),
        ("InternalError", 500, StorageError),
    ],
)
def test_s3_errors_of_open(code: str, status: int, expected: type[Exception]) -> None:
    with Stubber(S3.client) as stub:
        stub.add_client_error("get_object", code, http_status_code=status, expected_params=GET)
        with pytest.raises(expected, match=f"s3://bucket/land/ing/{PAGE}"):
            S3.open(PAGE)


def test_s3_errors_name_the_place_and_no_secret() -> None:
    with Stubber(S3.client) as stub:
        stub.add_client_error("list_objects_v2", "AccessDenied", "key id …", 403)
        with pytest.raises(StorageError) as caught:
            list(S3.list(""))
    assert (
        str(caught.value)
        == "cannot list s3://bucket/land/ing/: AccessDenied (the key may not do that, or none is set: see NTM_LANDING_ACCESS_KEY)"
    )


def test_s3_puts_only_where_nothing_is() -> None:
    with Stubber(S3.client) as stub:
        stub.add_response("put_object", {}, PUT)
        S3.put_new(PAGE, b"one\n")
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("412", 412), ("ConditionalRequestConflict", 409)])
def test_s3_put_on_an_object_compares_the_bytes(code: str, status: int) -> None:
    for existing, same in ((b"one\n", True), (b"one\nmore", False), (b"o", False)):
        with Stubber(S3.client) as stub:
            stub.add_client_error("put_object", code, http_status_code=status, expected_params=PUT)
            stub.add_response("get_object", body_of(existing), GET)
            if same:
                S3.put_new(PAGE, b"one\n")
            else:
                with pytest.raises(ObjectExistsError, match="other bytes"):
                    S3.put_new(PAGE, b"one\n")
            stub.assert_no_pending_responses()


def test_s3_put_that_fails_is_an_error() -> None:
    with Stubber(S3.client) as stub:
        stub.add_client_error("put_object", "SlowDown", http_status_code=503, expected_params=PUT)
        with pytest.raises(StorageError, match=r"cannot write .*: SlowDown"):
            S3.put_new(PAGE, b"one\n")
    with Stubber(S3.client) as stub:
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409, expected_params=PUT)
        stub.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=GET)
        with pytest.raises(StorageError, match="another writer"):
            S3.put_new(PAGE, b"one\n")


def test_s3_that_is_not_there_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "S3_ATTEMPTS", 1)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    nowhere = S3Storage("bucket", "", S3Access("http://127.0.0.1:9", has_keys=True))
    for action in (lambda: list(nowhere.list("")), lambda: nowhere.open(PAGE), lambda: nowhere.put_new(PAGE, b"x")):
        with pytest.raises(StorageError, match="EndpointConnectionError") as caught:
            action()
        assert "s3-secret" not in str(caught.value)
