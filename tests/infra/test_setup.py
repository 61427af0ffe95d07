"""The set-up's own files: locks, Makefile, what a person is told when something is missing."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "infra/bootstrap.lock")
TARGETS = ("setup", "demo", "dictionary", "test", "check", "bench", "serve", "lock", "clean", "distclean", "help")

# Written as alternatives so that this file does not hold what it forbids.
REGISTRY_HOST = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|crates)\.(?:org|io|com)\b|\b(?:proxy\.golang|deb\.debian)\."
    r"|\brepo\d?\.maven|\bmaven\.apache\.org|\bmaven-central\.|//[\w.-]*artifactory|://\S+/simple/?\s*$",
    re.MULTILINE,
)


def _load_fetch_jars() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_jars", ROOT / "infra" / "fetch_jars.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fetch_jars = _load_fetch_jars()


def _pins(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Name -> (version, hashes) of each requirement of a lock file."""
    pins: dict[str, tuple[str, list[str]]] = {}
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.match(r"(?P<name>[a-z0-9-]+)(?:\[[\w,-]+\])?==(?P<version>\S+)(?P<rest>.*)", line)
        assert match is not None, f"{lock}: not pinned with ==: {line[:80]}"
        pins[match["name"]] = (match["version"], re.findall(r"--hash=sha256:([0-9a-f]{64})(?=\s|$)", match["rest"]))
    return pins


# ── Python locks ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert [name for name, (_, hashes) in pins.items() if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_lock_satisfies_every_direct_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = _pins("requirements.lock")
    unmet = [
        requirement
        for requirement in map(Requirement, project["dependencies"] + project["optional-dependencies"]["dev"])
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), ("0",))[0])
    ]
    assert unmet == [], "make lock"


def test_bootstrap_lock_holds_what_builds_and_installs_the_rest() -> None:
    assert {"setuptools", "uv"} <= set(_pins("infra/bootstrap.lock"))
    assert not set(_pins("infra/bootstrap.lock")) & set(_pins("requirements.lock"))


# ── JARs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_jars_lock_is_read_and_fits_the_python_packages() -> None:
    jars = {jar.artifact: jar for jar in fetch_jars.read_lock(fetch_jars.LOCK)}
    pins = _pins("requirements.lock")
    spark_line = ".".join(pins["pyspark"][0].split(".")[:2])
    assert jars[f"delta-spark_{spark_line}_2.13"].version == pins["delta-spark"][0]
    assert {jar.version for jar in jars.values() if jar.group == "io.delta"} == {pins["delta-spark"][0]}


@pytest.mark.parametrize(
    "line",
    [
        "io.delta:delta-storage:4.4.0",
        "io.delta:delta-storage sha256:" + "0" * 64,
        "a:b:1 sha256:" + "0" * 63,
        "a:b:1 md5:0",
    ],
)
def test_wrong_line_in_jars_lock_is_told_by_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text(f"# comment\n\n{line}\n", encoding="utf-8")
    with pytest.raises(fetch_jars.JarError, match=r"jars\.lock line 3: expected"):
        fetch_jars.read_lock(lock)


def _jar(content: bytes, artifact: str = "thing") -> object:
    return fetch_jars.Jar("org.example", artifact, "1.0", hashlib.sha256(content).hexdigest())


def test_jars_with_another_hash_or_not_in_the_lock_are_removed(tmp_path: Path) -> None:
    names = ("org.example_kept-1.0.jar", "org.example_damaged-1.0.jar", "org.example_older-0.9.jar")
    for name in names:
        (tmp_path / name).write_bytes(b"content")
    fetch_jars.remove_unlocked([_jar(b"content", "kept"), _jar(b"other", "damaged")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["org.example_kept-1.0.jar"]


def test_fetched_jar_with_another_hash_is_refused_and_removed(tmp_path: Path) -> None:
    fetched, folder = tmp_path / "fetched", tmp_path / "jars"
    fetched.mkdir()
    folder.mkdir()
    (fetched / "org.example_thing-1.0.jar").write_bytes(b"not what was locked")
    with pytest.raises(fetch_jars.JarError, match=r"^org\.example:thing:1\.0 has sha256 [0-9a-f]{64}, "):
        fetch_jars.accept([_jar(b"content")], fetched, folder)
    assert list(fetched.iterdir()) == []
    assert list(folder.iterdir()) == []


def test_missing_jar_is_told_by_coordinate(tmp_path: Path) -> None:
    with pytest.raises(fetch_jars.JarError, match=r"did not bring org\.example:thing:1\.0"):
        fetch_jars.accept([_jar(b"content")], tmp_path, tmp_path)


def test_jars_that_are_there_are_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, folder = tmp_path / "jars.lock", tmp_path / "jars"
    jar = _jar(b"content")
    lock.write_text(f"{jar.coordinate} sha256:{jar.sha256}\n", encoding="utf-8")
    resolved: list[list[object]] = []

    def resolver(jars: list[object], ivy_home: Path) -> Path:
        resolved.append(jars)
        (ivy_home / jar.file_name).write_bytes(b"content")
        return ivy_home

    monkeypatch.setattr(fetch_jars, "resolve", resolver)
    folder.mkdir()
    (folder / ".fetch-killed").mkdir()
    fetch_jars.ensure_jars(lock, folder)
    fetch_jars.ensure_jars(lock, folder)
    assert resolved == [[jar]]
    assert [path.name for path in folder.iterdir()] == [jar.file_name]


# ── Makefile, scripts ─────────────────────────────────────────────────────────────────────────────────────────────────


def _run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own scripts)
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_help_lists_every_target() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", _run("make", "--no-print-directory", "help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("demo", ".venv/bin/ntm demo"),
        ("test", ".venv/bin/python -m pytest"),
        ("check", ".venv/bin/ruff format --check"),
        ("bench", ".venv/bin/python -m benchmarks.run"),
        ("serve", ".venv/bin/python -m jobs.airflow_runtime serve"),
    ],
)
def test_targets_set_up_first(target: str, command: str) -> None:
    recipe = _run("make", "--no-print-directory", "--dry-run", target).stdout
    assert 0 <= recipe.find("infra/setup.sh") < recipe.find(command)


def _checkout(tmp_path: Path, *tools: str) -> tuple[Path, Path]:
    """A copy of what the set-up reads, and a folder that is its whole path, holding only the tools named."""
    checkout, path = tmp_path / "a checkout", tmp_path / "bin"
    (checkout / "infra").mkdir(parents=True)
    path.mkdir()
    for name in ("infra/setup.sh", "infra/bootstrap.lock", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout / name)
    for tool in ("bash", "cat", "cut", "dirname", "env", "id", "mkdir", "rm", "sed", "sha256sum", "tail", *tools):
        found = shutil.which(tool)
        assert found is not None, tool
        (path / tool).symlink_to(found)
    return checkout, path


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def _set_up(checkout: Path, path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return _run("bash", "infra/setup.sh", cwd=checkout, env={"PATH": str(path), **env})


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, "none"), ('openjdk version "11.0.2" 2019-01-15', "11"), ('java version "1.8.0_401"', "8")],
)
def test_missing_or_old_java_is_told_in_one_line(tmp_path: Path, version: str | None, found: str) -> None:
    checkout, path = _checkout(tmp_path)
    if version is not None:
        _script(path / "java", f"echo '{version}' >&2")
    done = _set_up(checkout, path)
    assert done.returncode == 1
    assert done.stderr == (
        f"set-up: Java 17 or 21 is missing (found: {found}): apt-get install openjdk-17-jre-headless, or set JAVA_HOME\n"
    )


def test_wrong_java_home_is_told_by_name(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path)
    done = _set_up(checkout, path, JAVA_HOME="/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("set-up: JAVA_HOME is /nowhere (Java not found there)")
    assert done.stderr.count("\n") == 1


def test_root_on_debian_gets_java_installed(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path, "chmod")
    (path / "id").unlink()
    _script(path / "id", "echo 0")
    _script(path / "apt-cache", '[ "$2" = openjdk-21-jre-headless ]')
    _script(
        path / "apt-get",
        f"[ \"$1\" = update ] && exit 1\n{{ echo '#!/usr/bin/env bash'; "
        f"echo \"echo 'openjdk version \\\"21.0.1\\\"' >&2\"; }} > '{path}/java'; chmod +x '{path}/java'",
    )
    done = _set_up(checkout, path)
    assert "set-up: installing openjdk-21-jre-headless\n" in done.stdout
    assert "Java" not in done.stderr
    assert "Python 3.11" in done.stderr  # the next thing that this machine lacks


@pytest.mark.parametrize("python", [None, "exit 1"])
def test_missing_python_is_told_in_one_line_and_leaves_nothing(tmp_path: Path, python: str | None) -> None:
    checkout, path = _checkout(tmp_path)
    _script(path / "java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    if python is not None:
        _script(path / "python3.11", python)
    done = _set_up(checkout, path)
    assert done.returncode == 1
    assert done.stderr == (
        "set-up: Python 3.11 with its venv module is missing: apt-get install python3.11-venv (or any Python 3.11 on the path)\n"
    )
    assert not (checkout / ".venv").exists()


def test_finished_set_up_starts_no_installer(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path)
    _script(path / "java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    _script(checkout / ".venv" / "bin" / "python", 'echo "python $*"')
    inputs = ("requirements.lock", "infra/bootstrap.lock", "pyproject.toml", "infra/setup.sh")
    digest = hashlib.sha256(b"".join((checkout / name).read_bytes() for name in inputs)).hexdigest()
    (checkout / ".venv" / ".setup-stamp").write_text(f"{checkout}\n{digest}\n", encoding="utf-8")
    done = _set_up(checkout, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "python infra/fetch_jars.py\nset-up: ready: .venv/bin/ntm\n"

    (checkout / "requirements.lock").write_text("other==1\n", encoding="utf-8")
    assert "set-up: installing the Python packages" in _set_up(checkout, path).stdout


def test_no_registry_host_in_the_project() -> None:
    listed = _run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if listed.returncode != 0:
        pytest.skip("not a git checkout: nothing tells which files are the project's")
    named = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".csv", ".xlsx", ".gz"} or path.is_symlink() or not path.is_file():
            continue
        if found := REGISTRY_HOST.search(path.read_text(encoding="utf-8", errors="replace")):
            named.append(f"{name}: {found.group()}")
    assert named == []
