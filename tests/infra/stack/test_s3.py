"""A real S3 server: landing on it, its rights, and a warehouse on it beside one in a folder. `make setup-s3` makes the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.stack.s3 import BUCKETS, SERVER, S3Server
from jobs.border.tokens import make_key
from jobs.engine.tables import Warehouse
from jobs.landing.storage import ACCESS_KEY, SECRET_KEY, ObjectExistsError, S3Access, S3Storage, StorageError
from jobs.machine import free_port
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.settings import PROJECT_ROOT, Settings
from tests.parity.compare_engines import SAMPLE_FROM, compare, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER.exists() and "CI" not in os.environ, reason="there is no S3 server: make setup-s3"),
]
PAGE = "eoffice/work_records/dt=2025-03-01/a.ndjson"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    made = S3Server(tmp_path_factory.mktemp("s3"), free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def landing(server: S3Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> S3Storage:
    """A landing zone of the test's own, with the landing key."""
    monkeypatch.setenv(ACCESS_KEY, "landing")
    monkeypatch.setenv(SECRET_KEY, server.keys["landing"])
    return S3Storage("ntm-landing", request.node.name.replace("[", "-").strip("]"), S3Access(server.endpoint, has_keys=True))


def test_what_landed_is_listed_over_all_pages_and_read_back(landing: S3Storage) -> None:
    paths = [f"eoffice/work_records/dt=2025-03-01/{number:04}.ndjson" for number in range(1_100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: landing.put_new(path, path.encode()), paths))
    assert [item.path for item in landing.list("eoffice/")] == paths
    with landing.open(paths[-1]) as stream:
        assert stream.read() == paths[-1].encode()
    with pytest.raises(FileNotFoundError):
        landing.open("eoffice/work_records/dt=2025-03-01/none.ndjson")


def test_an_object_never_changes_and_of_many_writers_one_wins(landing: S3Storage) -> None:
    landing.put_new(PAGE, b"first\n")
    landing.put_new(PAGE, b"first\n")
    with pytest.raises(ObjectExistsError):
        landing.put_new(PAGE, b"other\n")

    def put(number: int) -> int | None:
        try:
            landing.put_new(f"{PAGE}-race", f"{number}\n".encode())
        except StorageError:
            return None
        return number

    with ThreadPoolExecutor(16) as pool:
        won = [number for number in pool.map(put, range(32)) if number is not None]
    with landing.open(f"{PAGE}-race") as stream:
        assert [f"{number}\n".encode() for number in won] == [stream.read()]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch (the secret is not that of the key: see NTM_LANDING_SECRET_KEY)"),
        ({"key": "nobody"}, "InvalidAccessKeyId (the server knows no key of that name: see NTM_LANDING_ACCESS_KEY)"),
        ({"bucket": "none"}, "NoSuchBucket (there is no bucket of that name: see NTM_LANDING)"),
        ({"endpoint": "http://127.0.0.1:1"}, "EndpointConnectionError (nobody answers there: see NTM_S3_ENDPOINT)"),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_what_is_wrong_with_a_setting_is_told_by_its_name(
    server: S3Server, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], told: str
) -> None:
    monkeypatch.setenv(ACCESS_KEY, changes.get("key", "landing"))
    monkeypatch.setenv(SECRET_KEY, changes.get("secret", server.keys["landing"]))
    access = S3Access(changes.get("endpoint", server.endpoint), has_keys=True)
    with pytest.raises(StorageError) as caught:
        list(S3Storage(changes.get("bucket", "ntm-landing"), "", access).list(""))
    assert str(caught.value).endswith(told)
    assert server.keys["landing"] not in str(caught.value)


def refused(client: S3Client, **call: Any) -> str:
    (name, arguments), *_ = call.items()
    try:
        getattr(client, name)(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("key", ["landing", "warehouse", "reader"])
def test_a_key_may_do_what_its_use_asks_for_and_no_more(server: S3Server, key: str) -> None:
    client, root = server.client(key), server.client("root")
    found = {}
    for bucket in BUCKETS:
        root.put_object(Bucket=bucket, Key="rights/there", Body=b"x")
        place = {"Bucket": bucket, "Key": "rights/there"}
        asked: dict[str, dict[str, Any]] = {
            "list_objects_v2": {"Bucket": bucket},
            "get_object": place,
            "put_object": place | {"Key": f"rights/{key}", "Body": b"x"},
            "delete_object": place,
            "put_bucket_policy": {"Bucket": bucket, "Policy": "{}"},
        }
        found[bucket] = {name for name, arguments in asked.items() if not refused(client, **{name: arguments})}
    read, write = {"list_objects_v2", "get_object"}, {"put_object", "delete_object"}
    assert (
        found
        == {
            "landing": {"ntm-landing": read | {"put_object"}, "ntm-warehouse": set()},
            "warehouse": {"ntm-landing": set(), "ntm-warehouse": read | write},
            "reader": {"ntm-landing": set(), "ntm-warehouse": read},
        }[key]
    )


def test_nobody_reads_without_a_key(server: S3Server) -> None:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    server.client("root").put_object(Bucket="ntm-landing", Key="rights/anonymous", Body=b"x")
    anonymous = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED))
    assert refused(anonymous, get_object={"Bucket": "ntm-landing", "Key": "rights/anonymous"}) == "AccessDenied"
    assert refused(anonymous, list_objects_v2={"Bucket": "ntm-warehouse"}) == "AccessDenied"


def test_a_server_that_is_killed_in_a_put_keeps_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = S3Server(tmp_path / "s3", free_port())
    server.start()
    monkeypatch.setenv(ACCESS_KEY, "landing")
    monkeypatch.setenv(SECRET_KEY, server.keys["landing"])
    landing = S3Storage("ntm-landing", "", S3Access(server.endpoint, has_keys=True))
    landing.put_new(PAGE, b"first\n")
    assert server.process is not None
    process, large = server.process, b"x" * (256 << 20)

    def put() -> None:
        with suppress(ClientError, BotoCoreError):
            server.client("landing").put_object(Bucket="ntm-landing", Key=f"{PAGE}-large", Body=large, IfNoneMatch="*")

    putting = threading.Thread(target=put)
    putting.start()
    putting.join(0.3)
    os.kill(process.pid, signal.SIGKILL)
    was_putting = putting.is_alive()
    server.kill()
    putting.join()
    server.start()
    assert [item.path for item in landing.list("")] == [PAGE]
    assert was_putting, "the put was over before the server was killed"
    landing.put_new(f"{PAGE}-large", b"second\n")
    server.stop()


def run(home: Path, batches: list[str], **settings: str) -> None:
    """What `ntm run` does, without Airflow."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NTM_")}
    own = {"NTM_ENGINE": "sail", "NTM_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)}
    command = [sys.executable, "-m", "tests.parity.load_landing", *batches]
    ended = subprocess.run(command, cwd=home, env=kept | own | settings, capture_output=True, text=True, check=False)  # noqa: S603 - this interpreter
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_a_warehouse_on_s3_is_the_one_in_a_folder(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = {name: tmp_path / name for name in ("folder", "s3")}
    landed = tmp_path / "landing"
    generate(SamplePlan("40", SAMPLE_FROM, SAMPLE_FROM.replace(month=2), 7, 300, 300, 10), landed, tmp_path / "truth")
    make_key(tmp_path / "pii.key")
    settings = server.settings() | {"NTM_LANDING": "s3://ntm-landing/whole", "NTM_WAREHOUSE": "s3://ntm-warehouse/whole"}
    monkeypatch.setenv(ACCESS_KEY, "landing")
    monkeypatch.setenv(SECRET_KEY, server.keys["landing"])
    storage = S3Storage("ntm-landing", "whole", S3Access(server.endpoint, has_keys=True))
    for file in sorted(landed.rglob("*")):
        if file.is_file():
            storage.put_new(str(file.relative_to(landed)), file.read_bytes())
    for home in homes.values():
        home.mkdir()
        (home / "pii.key").write_bytes((tmp_path / "pii.key").read_bytes())
        (home / "pii.key").chmod(0o600)
    run(homes["folder"], [f"2025-06-30={landed}"])
    run(homes["s3"], ["2025-06-30=s3://ntm-landing/whole"], **settings)
    fields = {name.removeprefix("NTM_").lower(): value for name, value in settings.items()}
    on_s3 = Warehouse.of(Settings(home=homes["s3"], _env_file=None, **fields))
    in_folder = Warehouse.of(Settings(home=homes["folder"], _env_file=None))
    tables = tables_of({"s3": on_s3, "folder": in_folder})
    # Of an object the ledger names what its storage says of its state, and where that is.
    differing = {one.table for one in compare(in_folder, on_s3, tables) if one.differences}
    assert differing <= {"ops/load", "ops/release", "ops/checkpoint"}
    assert not (homes["s3"] / "warehouse").exists()
    assert [row["sequence"] for row in on_s3.rows("ops/release")] == [1]
    # Nothing that was written holds a secret.
    for file in homes["s3"].rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in server.keys.values()), file
    for page in server.client("root").get_paginator("list_objects_v2").paginate(Bucket="ntm-warehouse", Prefix="whole/"):
        for entry in page.get("Contents", ()):
            if entry["Key"].endswith(".json"):
                body = server.client("root").get_object(Bucket="ntm-warehouse", Key=entry["Key"])["Body"].read()
                assert not any(secret.encode() in body for secret in server.keys.values()), entry["Key"]


def test_a_policy_names_its_bucket_and_keys() -> None:
    from infra.stack.s3 import policy

    read = json.loads(policy("warehouse", "some-bucket"))
    assert "${" not in json.dumps(read)
    assert {statement["Principal"]["AWS"][0] for statement in read["Statement"]} == {"warehouse", "reader"}
