"""What is refused at start: by name, in a sentence, and never with a value."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from jobs.engine.session import _local_options
from jobs.errors import UsageError
from jobs.settings import Settings, get_settings, path_of, require_workspace
from tests.support.command import ntm
from tests.support.released import make_release


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command runs in, with no setting of its own."""
    for name in [name for name in os.environ if name.startswith("NTM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NTM_PORTAL_URI", "unknown setting NTM_PORTAL_URI in the environment; did you mean NTM_PORTAL_URL?"),
        ("NTM_WAREHOSE", "unknown setting NTM_WAREHOSE in the environment; did you mean NTM_WAREHOUSE?"),
        ("ntm_hom", "unknown setting ntm_hom in the environment; did you mean NTM_HOME?"),
        ("NTM_QQQQQQQQQQQ", "unknown setting NTM_QQQQQQQQQQQ in the environment; the settings are NTM_HOME, "),
    ],
)
def test_a_misspelt_variable_is_refused_by_name(name: str, sentence: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret-value")
    with pytest.raises(UsageError) as raised:
        get_settings()
    assert str(raised.value).startswith(sentence)
    assert "secret-value" not in str(raised.value)
    monkeypatch.delenv(name)
    (folder / ".env").write_text(f"OTHER=1\n{name}=secret-value\n", encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        get_settings()
    assert str(raised.value).startswith(sentence.replace("the environment", ".env"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("NTM_HOME=x\n".encode("utf-16"), " is not a text in UTF-8: save it as UTF-8"),
        ("NTM_HOME=dà\n".encode("cp1258"), " is not a text in UTF-8: save it as UTF-8"),
        ("NTM_HOME=x\n".encode("utf-16-le"), ", line 1: expected NAME=value"),
        (b"A=1\n\nthis is 'no line of it\n", ", line 3: expected NAME=value"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(content: bytes, sentence: str, folder: Path) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(UsageError) as raised:
        get_settings()
    assert str(raised.value) == f"{folder / '.env'}{sentence}"


def test_the_file_may_have_a_byte_order_mark_and_a_folder_is_none(folder: Path) -> None:
    (folder / ".env").write_bytes("\ufeffNTM_HOME=kho dữ liệu\n".encode())
    assert get_settings().home == folder / "kho dữ liệu"
    (folder / ".env").unlink()
    (folder / ".env").mkdir()
    get_settings.cache_clear()
    assert get_settings().home == folder / "var"


@pytest.mark.parametrize("wrong", ["-1", "many", "0.5"])
def test_a_limit_for_approval_that_is_no_number_of_figures_is_refused_by_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().approve_over is None, "off by default"
    get_settings.cache_clear()
    monkeypatch.setenv("NTM_APPROVE_OVER", wrong)
    with pytest.raises(UsageError, match=r"^wrong setting: NTM_APPROVE_OVER: Input should be "):
        get_settings()
    monkeypatch.setenv("NTM_APPROVE_OVER", "0")
    assert get_settings().approve_over == 0


def test_an_empty_variable_is_not_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_HOME", "")
    assert get_settings().home == folder / "var"


def test_boundaries_are_named_from_the_folder_or_from_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().boundaries is None
    for given, place in (("ranh giới.geojson", folder / "ranh giới.geojson"), ("~/a", Path.home() / "a")):
        monkeypatch.setenv("NTM_BOUNDARIES", given)
        get_settings.cache_clear()
        assert get_settings().boundaries == place


@pytest.mark.parametrize("wrong", ["50%", "a*", "a?", "[a]", "a#1", "{a}", 'a"', "a\\b", "a\nb"])
def test_a_folder_that_tables_cannot_be_in_is_refused(wrong: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_HOME", str(folder / wrong))
    with pytest.raises(UsageError, match="NTM_HOME: a folder for tables cannot have"):
        get_settings()


@pytest.mark.parametrize("given", ["file:///kho dữ liệu/a", "file:///kho%20d%E1%BB%AF%20li%E1%BB%87u/a/"])
def test_an_address_is_taken_with_escapes_or_without(given: str) -> None:
    settings = Settings(warehouse=given, landing=given, _env_file=None)
    assert settings.warehouse_url == settings.landing_url == "file:///kho%20d%E1%BB%AF%20li%E1%BB%87u/a"
    assert str(path_of(settings.warehouse_url)) == "/kho dữ liệu/a"
    assert path_of("s3://bucket/a") is None


def test_a_folder_that_is_no_workspace_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=f"^no workspace at {folder / 'var'}: set NTM_HOME"):
        require_workspace(Settings(home=folder / "var", _env_file=None))
    require_workspace(Settings(home=folder / "var", warehouse="s3://bucket/tables", _env_file=None))
    make_release(folder / "var")
    require_workspace(Settings(home=folder / "var", _env_file=None))


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["report"],
        ["sql", "SELECT 1"],
        ["quarantine", "list"],
        ["quarantine", "replay"],
        ["held", "list"],
        ["held", "release", "x"],
    ],
)
def test_no_command_makes_a_workspace_by_reading_it(arguments: list[str], folder: Path) -> None:
    home = folder / "nowhere"
    code, output, errors = ntm(home, *arguments)
    assert (code, output) == (2, "")
    assert errors.startswith(f"ntm: no workspace at {home}: ")
    assert errors.count("\n") == 1
    assert not home.exists()


def test_the_jvm_is_given_a_folder_with_white_space_as_one(folder: Path) -> None:
    home = folder / "kho dữ liệu"
    options = _local_options(Settings(home=home, _env_file=None), [])["spark.driver.extraJavaOptions"]
    assert f"-Djava.io.tmpdir={home / 'tmp'}" in shlex.split(options)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("/var/lineage.ndjson", "expected file:///… or http(s)://host…"),
        ("kafka://host", "expected file:///… or http(s)://host…"),
        ("http:///path", "expected file:///… or http(s)://host…"),
        ("https://user:secret@host", "expected an address without user, key or query; a key is NTM_LINEAGE_KEY"),
        ("https://host/?api_key=secret", "expected an address without user, key or query; a key is NTM_LINEAGE_KEY"),
    ],
)
def test_a_receiver_of_lineage_is_a_file_or_a_server_and_holds_no_key(value: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_LINEAGE", value)
    with pytest.raises(UsageError) as raised:
        get_settings()
    assert str(raised.value) == f"wrong setting: NTM_LINEAGE: {sentence}"


@pytest.mark.parametrize("value", ["file:///srv/lineage/events.ndjson", "http://marquez:5000", "https://host/prefix/"])
def test_a_receiver_of_lineage_is_taken_and_its_key_is_a_secret(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().lineage is None
    monkeypatch.setenv("NTM_LINEAGE", value)
    monkeypatch.setenv("NTM_LINEAGE_KEY", "the-key")
    get_settings.cache_clear()
    assert get_settings().lineage == value
    assert "the-key" not in repr(get_settings())
