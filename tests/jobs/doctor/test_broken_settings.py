"""`ntm doctor` itself on a workspace with a real S3 server and a real PostgreSQL: one setting broken at a time, and that alone is found.

What cannot be broken from outside is in `test_checks_of_parts.py`: a JAR that is missing, a Connect server that stopped or hangs, clocks that differ.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from infra.stack.postgres import Postgres, programs
from infra.stack.s3 import SERVER, S3Server
from jobs.border.token_key import adopt
from jobs.border.tokens import load_key, make_key
from jobs.doctor.machine import PROBE_PREFIX
from jobs.machine import free_port
from jobs.ops import releases
from tests.support.command import ntm, ntm_on_terminal
from tests.support.released import NOW, make_release

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        (not SERVER.exists() or programs() is None) and "CI" not in os.environ, reason="make setup-s3 and make setup-postgres"
    ),
]
WRONG = "a-wrong-secret-of-somebody"


class Stack(NamedTuple):
    """The servers, and the settings of a workspace on them in which nothing is wrong."""

    s3: S3Server
    postgres: Postgres
    settings: dict[str, str]
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # Not in pytest's folder, which PostgreSQL's user may not pass through.
    with tempfile.TemporaryDirectory(prefix="ntm-doctor-") as folder:
        Path(folder).chmod(0o755)
        s3, postgres = S3Server(Path(folder, "s3"), free_port()), Postgres(Path(folder, "postgres"), free_port())
        s3.start()
        postgres.start()
        settings = s3.settings() | {"NTM_LOCK_DATABASE": postgres.url(), "AIRFLOW__API__PORT": str(free_port()), "TZ": "Asia/Ho_Chi_Minh"}
        yield Stack(s3, postgres, settings, (*s3.keys.values(), postgres.password, WRONG))
        s3.stop()
        postgres.stop()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_key(tmp_path / "home" / "pii.key")
    return tmp_path / "home"


def examined(home: Path, stack: Stack, **broken: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code and what was found, by part; no secret and no trace is in what was printed."""
    code, output, errors = ntm(home, "doctor", "--json", **stack.settings | broken)
    assert not [secret for secret in stack.secrets if secret in output + errors]
    assert errors == ""
    return code, {finding["name"]: finding for finding in json.loads(output)["findings"]}


def wrong_ones(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    assert all(finding["mend"] for finding in found.values() if finding["state"] == "wrong")
    return {name: finding["sentence"] for name, finding in found.items() if finding["state"] == "wrong"}


def test_where_nothing_is_wrong_nothing_is_found_and_nothing_is_left(home: Path, stack: Stack) -> None:
    code, found = examined(home, stack)
    assert (code, wrong_ones(found)) == (0, {})
    well = {name for name, finding in found.items() if finding["state"] == "ok"}
    assert {
        "settings",
        "S3 server",
        "clock",
        "landing zone",
        "warehouse",
        "key",
        "writer's lock",
        "engine",
        "time zone",
        "packages",
    } <= well
    assert not any(name.startswith(PROBE_PREFIX) for name in names_on(stack.s3, "ntm-warehouse"))
    assert {path.name for path in home.iterdir()} <= {"pii.key", "logs"}


def names_on(server: S3Server, bucket: str) -> list[str]:
    return [entry["Key"] for entry in server.client("root").list_objects_v2(Bucket=bucket).get("Contents", ())]


@pytest.mark.parametrize(
    ("broken", "part", "told"),
    [
        ({"NTM_LANDING_ACCESS_KEY": "nobody"}, "landing zone", "no key of that name: see NTM_LANDING_ACCESS_KEY"),
        ({"NTM_LANDING_SECRET_KEY": WRONG}, "landing zone", "the secret is not that of the key: see NTM_LANDING_SECRET_KEY"),
        ({"NTM_LANDING": "s3://no-such-bucket"}, "landing zone", "no bucket of that name: see NTM_LANDING"),
        ({"NTM_WAREHOUSE_ACCESS_KEY": "nobody"}, "warehouse", "no key of that name: see NTM_WAREHOUSE_ACCESS_KEY"),
        ({"NTM_WAREHOUSE_SECRET_KEY": WRONG}, "warehouse", "the secret is not that of the key: see NTM_WAREHOUSE_SECRET_KEY"),
        ({"NTM_WAREHOUSE": "s3://no-such-bucket/tables"}, "warehouse", "no bucket of that name: see NTM_WAREHOUSE"),
        ({"NTM_S3_ENDPOINT": "http://127.0.0.1:1"}, "S3 server", "NTM_S3_ENDPOINT: nobody answers at http://127.0.0.1:1"),
        ({"NTM_SPARK_REMOTE": "sc://127.0.0.1:1"}, "engine", "NTM_SPARK_REMOTE: nobody answers at 127.0.0.1:1"),
        ({"NTM_PII_KEY_FILE": "/nowhere/pii.key"}, "key", "key file /nowhere/pii.key cannot be read: No such file"),
        ({"TZ": "Asia/Hanoi"}, "time zone", "TZ=Asia/Hanoi: there is no such time zone"),
        ({"NTM_PORTAL_URL": "http://127.0.0.1:1", "NTM_PORTAL_TOKEN": WRONG}, "portal/dossiers", "cannot connect"),
        ({"NTM_BOUNDARIES": "/nowhere.geojson"}, "boundaries", "/nowhere.geojson"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_broken_setting_is_named_and_nothing_else(home: Path, stack: Stack, broken: dict[str, str], part: str, told: str) -> None:
    code, found = examined(home, stack, **broken)
    wrong = wrong_ones(found)
    assert (code, list(wrong)) == (1, [part])
    assert told in wrong[part]


def test_a_key_that_may_read_the_tables_and_not_write_them_is_told(home: Path, stack: Stack) -> None:
    own = {"NTM_WAREHOUSE_ACCESS_KEY": "reader", "NTM_WAREHOUSE_SECRET_KEY": stack.s3.keys["reader"]}
    _, found = examined(home, stack, **own)
    told = "cannot write to s3://ntm-warehouse/: AccessDenied (the key may not do that, or none is set: see NTM_WAREHOUSE_ACCESS_KEY)"
    assert wrong_ones(found) == {"warehouse": told}
    _, found = examined(home, stack, NTM_WAREHOUSE_ACCESS_KEY="")
    assert wrong_ones(found) == {"warehouse": "NTM_WAREHOUSE_ACCESS_KEY and NTM_WAREHOUSE_SECRET_KEY are set together or not at all"}


@pytest.mark.parametrize("address", ["postgresql://ntm:{wrong}@127.0.0.1:{port}/postgres", "postgresql//ntm:{wrong}@127.0.0.1/postgres"])
def test_a_wrong_password_or_address_of_the_lock_is_told_without_it(home: Path, stack: Stack, address: str) -> None:
    code, found = examined(home, stack, NTM_LOCK_DATABASE=address.format(wrong=WRONG, port=stack.postgres.port))
    wrong = wrong_ones(found)
    assert (code, list(wrong)) == (1, ["writer's lock"])
    assert wrong["writer's lock"].startswith("NTM_LOCK_DATABASE: ")
    assert ("password authentication failed" in wrong["writer's lock"]) == (address.startswith("postgresql:"))


def test_a_port_that_is_taken_is_told(home: Path, stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code, found = examined(home, stack, AIRFLOW__API__PORT=str(port))
    assert (code, list(wrong_ones(found))) == (1, ["Airflow's port"])
    assert f"port {port} of 127.0.0.1 is taken by another program (process {os.getpid()}, " in found["Airflow's port"]["sentence"]


def test_a_disk_that_is_full_is_told(home: Path, stack: Stack) -> None:
    mount = shutil.which("mount")
    place = home.parent / "small" / "home"
    place.mkdir(parents=True)
    command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    try:
        make_key(place / "pii.key")
        code, found = examined(place, stack)
        assert (code, list(wrong_ones(found))) == (1, ["workspace"])
        assert found["workspace"]["sentence"].startswith(f"no space left on the file system at {place} ")
        assert found["engine"]["state"] == "not checked"
    finally:
        subprocess.run(["umount", place], check=True)  # noqa: S603, S607


def test_another_key_than_that_of_the_tables_is_told(home: Path) -> None:
    warehouse = make_release(home)
    adopt(warehouse, load_key(home / "pii.key"), "run-1", NOW)
    releases.commit(warehouse, releases.RELEASE, run_id="run-1", now=NOW, as_of=None, reference="r", definitions={})
    assert ntm(home, "doctor")[0] == 0
    (home / "pii.key").unlink()
    make_key(home / "pii.key")
    code, output, _ = ntm(home, "doctor", "--json")
    (wrong,) = (finding for finding in json.loads(output)["findings"] if finding["state"] == "wrong")
    assert (code, wrong["name"]) == (1, "key")
    assert "ntm retokenise" in wrong["sentence"]


def test_settings_that_cannot_be_read_do_not_end_the_examination(home: Path) -> None:
    broken = {"NTM_ENGINE": "sparc", "NTM_PII_KEY": WRONG, "TZ": "Asia/Hanoi"}
    parts = [[one["name"] for one in json.loads(ntm(home, "doctor", "--json", **own)[1])["findings"]] for own in (broken, {})]
    assert parts[0] == parts[1]
    code, output, errors = ntm(home, "doctor", **broken)
    assert (code, errors) == (1, "")
    assert "wrong setting: NTM_ENGINE: Input should be 'spark' or 'sail'" in output
    assert "TZ=Asia/Hanoi: there is no such time zone" in output
    assert "not checked  the settings cannot be read" in output
    assert WRONG not in output


def test_on_a_terminal_of_80_columns_no_line_is_longer_but_for_a_path(home: Path) -> None:
    (home / "pii.key").unlink()
    code, shown = ntm_on_terminal(home, "doctor")
    assert code == 1
    lines = shown.replace("\r", "").splitlines()
    assert [line for line in lines if len(line) > 80 and "/" not in line.split()[-1]] == []
    last = " ".join(" ".join(lines[-8:]).split())
    assert "key wrong NTM_PII_KEY_FILE (or NTM_PII_KEY) is needed" in last
    assert "mend it docs/engineers.md, 1 Set up" in last
