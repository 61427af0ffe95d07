"""The set-up's own files: locks, Makefile, what a person is told when something is missing."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jobs.engine import session
from jobs.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "infra/bootstrap.lock", "infra/contracts.lock", "infra/go.lock")
TARGETS = (
    *(
        "setup",
        "setup-browser",
        "setup-office",
        "setup-postgres",
        "setup-s3",
        "setup-spark",
        "demo",
        "site",
        "docs",
        "dictionary",
        "test",
        "test-sail",
        "test-spark",
        "check",
        "contracts",
        "parity",
        "soak",
        "bench",
        "bench-check",
    ),
    *("serve", "lock", "clean", "distclean", "help"),
)

# Written as alternatives so that this file does not hold what it forbids.
REGISTRY_HOST = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|crates)\.(?:org|io|com)\b|\b(?:proxy\.golang|deb\.debian)\."
    r"|\brepo\d?\.maven|\bmaven\.apache\.org|\bmaven-central\.|//[\w.-]*artifactory|://\S+/simple/?\s*$",
    re.MULTILINE,
)


def _program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "infra" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fetch_jars, spark_archive = _program("fetch_jars"), _program("spark_archive")


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


# ── The archive of Spark's classes ────────────────────────────────────────────────────────────────────────────────────


def test_the_archive_is_made_once_for_a_fingerprint_and_again_when_it_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, made = tmp_path / "spark.jsa", []

    def record(folder: Path) -> Path:
        assert not archive.exists(), "a JVM that starts from an archive cannot write one"
        made.append(folder)
        (folder / "spark.jsa").write_bytes(b"classes")
        return folder / "spark.jsa"

    monkeypatch.setattr(spark_archive, "record", record)
    (tmp_path / ".archive-killed").mkdir()
    spark_archive.ensure_archive("one", archive)
    spark_archive.ensure_archive("one", archive)
    assert len(made) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spark.jsa", "spark.stamp"]
    assert (tmp_path / "spark.stamp").read_text() == "one 7"

    spark_archive.ensure_archive("two", archive)
    assert len(made) == 2
    archive.write_bytes(b"clas")
    spark_archive.ensure_archive("two", archive)
    assert len(made) == 3
    assert archive.read_bytes() == b"classes"


def test_an_archive_that_could_not_be_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def record(folder: Path) -> Path:
        raise spark_archive.ArchiveError("no")

    (tmp_path / "spark.jsa").write_bytes(b"old")
    (tmp_path / "spark.stamp").write_text("old 3")
    monkeypatch.setattr(spark_archive, "record", record)
    with pytest.raises(spark_archive.ArchiveError):
        spark_archive.ensure_archive("new", tmp_path / "spark.jsa")
    assert list(tmp_path.iterdir()) == []


def test_another_java_class_path_or_source_makes_another_archive(tmp_path: Path) -> None:
    jar, source = tmp_path / "a.jar", tmp_path / "spark.py"
    jar.write_bytes(b"x")
    source.write_text("FLAGS")
    prints = [spark_archive.fingerprint("17", [jar], source), spark_archive.fingerprint("21", [jar], source)]
    prints.append(spark_archive.fingerprint("17", [], source))
    source.write_text("OTHER FLAGS")
    prints.append(spark_archive.fingerprint("17", [jar], source))
    jar.write_bytes(b"xx")
    prints.append(spark_archive.fingerprint("17", [jar], source))
    assert len(set(prints)) == 5
    assert prints[-1] == spark_archive.fingerprint("17", [jar], source)


def test_without_an_archive_the_set_up_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert spark_archive.main([]) == 0
    told = capsys.readouterr()
    assert told.err == "set-up: no archive of Spark's classes, so it will start more slowly: Java cannot be started\n"
    assert told.out == ""


def _jvm_options(home: Path, jars: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(session, "JARS", jars)
    return session._local_options(Settings(home=home, _env_file=None), [])["spark.driver.extraJavaOptions"]


@pytest.mark.parametrize(
    ("content", "stamp", "used"),
    [(b"classes", "one 7", True), (b"clas", "one 7", False), (b"classes", None, False), (None, "one 7", False), (None, None, False)],
)
def test_spark_starts_from_a_whole_archive_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, stamp: str | None, used: bool
) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    if content is not None:
        (jars / "spark.jsa").write_bytes(content)
    if stamp is not None:
        (jars / "spark.stamp").write_text(stamp)
    options = shlex.split(_jvm_options(tmp_path / "home", jars, monkeypatch))
    assert (f"-XX:SharedArchiveFile={jars / 'spark.jsa'}" in options) is used
    assert ("-Xshare:auto" in options) is used


# ── Makefile, scripts ─────────────────────────────────────────────────────────────────────────────────────────────────


def _run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own scripts)
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_help_lists_every_target() -> None:
    listed = re.findall(r"^  make ([a-z0-9-]+) +\S", _run("make", "--no-print-directory", "help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)


def _recipe(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "NTM_", "ENGINE"))}
    return _run("make", "--no-print-directory", "--dry-run", *arguments, env=environment | env)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ("demo", " .venv/bin/ntm demo"),
        ("demo ENGINE=sail", "NTM_ENGINE=sail .venv/bin/ntm demo"),
        ("test", "NTM_ENGINE=sail .venv/bin/python -m pytest"),
        ("test ENGINE=sail", "NTM_ENGINE=sail .venv/bin/python -m pytest"),
        ("test-sail", "NTM_ENGINE=sail .venv/bin/python -m pytest"),
        ("check", ".venv/bin/ruff format --check"),
        ("serve", ".venv/bin/python -m jobs.runtime.airflow serve"),
        ("docs", ".venv/bin/python -m mkdocs build"),
    ],
)
def test_targets_set_up_first_and_need_no_java(arguments: str, command: str) -> None:
    recipe = _recipe(*arguments.split()).stdout
    assert 0 <= recipe.find("infra/setup.sh") < recipe.find(command.strip())
    assert "spark" not in recipe.lower().replace(str(ROOT).lower(), "")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ("demo ENGINE=spark", "NTM_ENGINE=spark .venv/bin/ntm demo"),
        ("serve ENGINE=spark", "NTM_ENGINE=spark .venv/bin/python -m jobs.runtime.airflow serve"),
        ("test ENGINE=spark", "NTM_ENGINE=spark .venv/bin/python -m pytest"),
        ("test-spark", "NTM_ENGINE=spark .venv/bin/python -m pytest"),
        ("parity", ".venv/bin/python -m tests.parity.compare_engines"),
        ("bench", ".venv/bin/python -m benchmarks.run"),
        ("bench-check", ".venv/bin/python -m benchmarks.check"),
    ],
)
def test_targets_that_need_spark_set_it_up_first(arguments: str, command: str) -> None:
    recipe = _recipe(*arguments.split()).stdout
    assert 0 <= recipe.find("infra/setup.sh --spark") < recipe.find(command)
    assert "NTM_ENGINE=sail" not in recipe


def test_both_engines_are_tested_one_after_the_other_and_checked_once() -> None:
    recipe = _recipe("test", "ENGINE=both").stdout
    sail, spark_set_up, on_spark = (recipe.find(part) for part in ("NTM_ENGINE=sail", "infra/setup.sh --spark", "NTM_ENGINE=spark"))
    assert 0 < recipe.find("ruff check") < sail < spark_set_up < on_spark
    assert recipe.count("ruff check") == 1


def test_the_engine_of_the_environment_holds_unless_another_is_named() -> None:
    assert "NTM_ENGINE=spark .venv/bin/ntm demo" in _recipe("demo", NTM_ENGINE="spark").stdout
    assert "NTM_ENGINE=sail .venv/bin/ntm demo" in _recipe("demo", "ENGINE=sail", NTM_ENGINE="spark").stdout


@pytest.mark.parametrize(
    "arguments", [("test", "ENGINE=polars"), ("test", "ENGINE=spark sail"), ("demo", "ENGINE=both"), ("serve", "ENGINE=both")]
)
def test_a_wrong_engine_is_told_in_one_line(arguments: tuple[str, str]) -> None:
    done = _recipe(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f'ENGINE: expected spark or sail (both: only for the tests), found "{arguments[1].removeprefix("ENGINE=")}"' in line


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


def _set_up(checkout: Path, path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return _run("bash", "infra/setup.sh", *arguments, cwd=checkout, env={"PATH": str(path), **env})


def _finished(checkout: Path) -> None:
    """What a set-up of the Python packages that was finished leaves; its Python says what it is asked to run."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    _script(checkout / ".venv" / "bin" / "python", 'echo "python $*"')
    inputs = ("requirements.lock", "infra/bootstrap.lock", "pyproject.toml", "infra/setup.sh")
    digest = hashlib.sha256(b"".join((checkout / name).read_bytes() for name in inputs)).hexdigest()
    (checkout / ".venv" / ".setup-stamp").write_text(f"{checkout}\n{digest}\n", encoding="utf-8")


def test_the_set_up_without_spark_neither_needs_nor_asks_java(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path)
    _finished(checkout)
    ready = (0, "set-up: ready: .venv/bin/ntm\n", "")
    done = _set_up(checkout, path)
    assert (done.returncode, done.stdout, done.stderr) == ready

    _script(path / "java", f"touch '{tmp_path}/asked'")
    done = _set_up(checkout, path, JAVA_HOME="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == ready
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("argument", ["--Spark", "spark", "--spark --spark"])
def test_a_wrong_argument_is_told_in_one_line(tmp_path: Path, argument: str) -> None:
    checkout, path = _checkout(tmp_path)
    done = _set_up(checkout, path, *argument.split())
    assert (done.returncode, done.stderr) == (
        1,
        f"set-up: expected no argument, --spark, --contracts, --office, --browser, --s3 or --postgres, found: {argument}\n",
    )


def test_libreoffice_is_asked_for_only_where_it_is_wanted(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path, "readlink")
    _finished(checkout)
    assert _set_up(checkout, path).returncode == 0
    _script(path / "soffice", "")
    for part, package, library in (("Calc", "libreoffice-calc-nogui", "libsclo.so"), ("Writer", "libreoffice-writer-nogui", "libswlo.so")):
        done = _set_up(checkout, path, "--office")
        assert (done.returncode, done.stderr) == (1, f"set-up: LibreOffice's {part} is missing: apt-get install {package}\n")
        (path / library).touch()
    assert _set_up(checkout, path, "--office").returncode == 0


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, "none"), ('openjdk version "11.0.2" 2019-01-15', "11"), ('java version "1.8.0_401"', "8")],
)
def test_missing_or_old_java_is_told_in_one_line(tmp_path: Path, version: str | None, found: str) -> None:
    checkout, path = _checkout(tmp_path)
    if version is not None:
        _script(path / "java", f"echo '{version}' >&2")
    done = _set_up(checkout, path, "--spark")
    assert done.returncode == 1
    assert done.stderr == (
        f"set-up: Java 17 or 21 is missing (found: {found}): apt-get install openjdk-17-jre-headless, or set JAVA_HOME\n"
    )


def test_wrong_java_home_is_told_by_name(tmp_path: Path) -> None:
    checkout, path = _checkout(tmp_path)
    done = _set_up(checkout, path, "--spark", JAVA_HOME="/nowhere")
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
    done = _set_up(checkout, path, "--spark")
    assert "set-up: installing openjdk-21-jre-headless\n" in done.stdout
    assert "Java" not in done.stderr
    assert "Python 3.11" in done.stderr  # the next thing that this machine lacks


@pytest.mark.parametrize("python", [None, "exit 1"])
def test_missing_python_is_told_in_one_line_and_leaves_nothing(tmp_path: Path, python: str | None) -> None:
    checkout, path = _checkout(tmp_path)
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
    _finished(checkout)
    done = _set_up(checkout, path, "--spark")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "python infra/fetch_jars.py\npython infra/spark_archive.py\nset-up: ready: .venv/bin/ntm\n"

    (checkout / "requirements.lock").write_text("other==1\n", encoding="utf-8")
    assert "set-up: installing the Python packages" in _set_up(checkout, path).stdout


def test_each_environment_is_filled_by_its_own_python(tmp_path: Path) -> None:
    """The tool for contracts wants another DuckDB: in the project's environment it would replace the one that the project is tested with."""
    checkout, path = _checkout(tmp_path, "grep", "chmod")
    shutil.copy(ROOT / "infra/contracts.lock", checkout / "infra/contracts.lock")
    _finished(checkout)
    _script(
        checkout / ".venv" / "bin" / "python",
        'echo ".venv: $*"; [ "$2" != venv ] || { mkdir -p "$3/bin"; '
        'printf \'#!/usr/bin/env bash\\necho "%s: $*"\\n\' "$3" >"$3/bin/python"; chmod +x "$3/bin/python"; }',
    )
    done = _set_up(checkout, path, "--contracts")
    assert (done.returncode, done.stderr) == (0, "")
    said = (checkout / "var" / "setup.log").read_text(encoding="utf-8").splitlines()
    assert [line.split(" install")[0] for line in said] == [".venv: -m venv .venv-contracts", ".venv-contracts: -m pip"]


def test_no_function_of_a_script_sets_a_name_that_is_readonly() -> None:
    """Bash says so and goes on with the old value where the function is called in a condition."""
    for script in (ROOT / "infra").glob("*.sh"):
        text = script.read_text(encoding="utf-8")
        fixed = set(re.findall(r"^readonly (\w+)=", text, re.MULTILINE))
        local = {name.split("=")[0] for line in re.findall(r"^\s+local (.*)", text, re.MULTILINE) for name in line.split()}
        assert not fixed & local, script


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


def test_nothing_that_set_up_makes_is_in_the_repository() -> None:
    """A link to another checkout's `.jars`, or a program of 60 MB, would go wherever the history goes."""
    listed = _run("git", "ls-files", "--stage", "-z")
    if listed.returncode:
        pytest.skip("not a checkout of Git")
    entries = [line.split("\t", 1) for line in listed.stdout.split("\0") if line]
    assert [name for mode, name in entries if mode.startswith("120000")] == []
    files = [ROOT / name for _, name in entries if (ROOT / name).exists()]
    assert [str(file) for file in files if file.stat().st_size > (2 << 20)] == []
