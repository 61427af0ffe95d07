"""The one place that reads the environment (and a `.env` file)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobs.errors import UsageError
from jobs.visible import visible
from warehouse_schema.sources import sources

PROJECT_ROOT = Path(__file__).resolve().parent.parent
MIN_PII_KEY_LENGTH = 32
PREFIX = "NTM_"
ENV_FILE = ".env"
_UNUSABLE = frozenset('%*?#[]{}"\\')
"""What the parts that read and write tables take for an escape or a pattern, whatever is done about it."""


def field_of(variable: str) -> str:
    """The field of the settings that an environment variable sets."""
    return variable.removeprefix("NTM_").lower()


class Settings(BaseSettings):
    """All settings, each an environment variable `NTM_<NAME>`. A wrong one is refused at start, by name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Path("var")
    landing: str = ""
    warehouse: str = ""
    s3_endpoint: str | None = None
    landing_access_key: str | None = None
    landing_secret_key: SecretStr | None = None
    warehouse_access_key: str | None = None
    warehouse_secret_key: SecretStr | None = None
    # The address and the token of each source that is pulled.
    for _source in sources():
        if _source.pull:
            __annotations__[field_of(_source.pull.address)] = str | None
            __annotations__[field_of(_source.pull.token)] = SecretStr | None
            vars().update({field_of(_source.pull.address): None, field_of(_source.pull.token): None})
    del _source
    backup_access_key: str | None = None
    backup_secret_key: SecretStr | None = None
    engine: Literal["spark", "sail"] = "sail"
    spark_master: str = "local[*]"
    spark_remote: str | None = None
    sets: Literal["duckdb", "spark"] | None = None
    pii_key_file: Path | None = None
    pii_key: SecretStr | None = None

    lock_database: SecretStr | None = None
    lineage: str | None = None
    lineage_key: SecretStr | None = None
    boundaries: Path | None = None
    readers: Literal["owner", "group"] = "owner"
    spark_driver_memory: str = Field(default="3g", pattern=r"^[0-9]+[gm]$")
    shuffle_partitions: int = Field(default=2, ge=1, le=2000)
    max_line_bytes: int = Field(default=1 << 20, ge=1024)
    release_retention_days: int = Field(default=400, ge=1)
    hold_rejected_share: float = Field(default=0.5, ge=0, le=1)
    hold_min_rows: int = Field(default=1000, ge=0)
    refuse_rejected_share: float = Field(default=0.9, gt=0, le=1)
    refuse_min_rows: int = Field(default=5, ge=1)
    approve_over: int | None = Field(default=None, ge=0)

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        home = value.expanduser().absolute()
        _require_usable(home)
        return home

    @field_validator("boundaries")
    @classmethod
    def _from_here(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("landing", "warehouse")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://", "s3a://")):
            raise ValueError("expected file:///… or s3://bucket/prefix")
        folder = path_of(value) if value else None
        if folder:
            _require_usable(folder)
        # Written with or without escapes: a space is %20 from here on.
        return folder.as_uri() if folder else value.rstrip("/")

    @field_validator("lineage")
    @classmethod
    def _receiver(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and not value.startswith("file:///") and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("expected file:///… or http(s)://host…")
        if parts.scheme != "file" and (parts.username or parts.password or parts.query or parts.fragment):
            raise ValueError("expected an address without user, key or query; a key is NTM_LINEAGE_KEY")
        return value

    @field_validator("pii_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_PII_KEY_LENGTH:
            raise ValueError(f"expected at least {MIN_PII_KEY_LENGTH} characters")
        return value

    @model_validator(mode="after")
    def _tokens_with_urls(self) -> Settings:
        for pull in (source.pull for source in sources() if source.pull):
            if getattr(self, field_of(pull.address)) and not getattr(self, field_of(pull.token)):
                raise ValueError(f"{pull.address} is set, so {pull.token} is needed too")
        return self

    @model_validator(mode="after")
    def _sets_where_spark_is(self) -> Settings:
        if self.sets == "spark" and not self.spark_remote and self.engine != "spark":
            raise ValueError("NTM_SETS=spark needs Spark: NTM_SPARK_REMOTE, or NTM_ENGINE=spark")
        return self

    @property
    def sets_on(self) -> Literal["duckdb", "spark"]:
        """What the set queries of a run are asked of: what `NTM_SETS` says; else Spark where the rows are on a cluster, and DuckDB in this process."""
        on_cluster = bool(self.spark_remote) or (self.engine == "spark" and not self.spark_master.startswith("local"))
        return self.sets or ("spark" if on_cluster else "duckdb")

    @property
    def landing_url(self) -> str:
        """Where objects land, as a URL without a slash at its end."""
        return self.landing or (self.home / "landing").as_uri()

    @property
    def warehouse_url(self) -> str:
        """Where the Delta tables are, as a URL without a slash at its end."""
        return self.warehouse or (self.home / "warehouse").as_uri()


def _require_usable(folder: Path) -> None:
    wrong = sorted(_UNUSABLE.intersection(str(folder)) | {one for one in str(folder) if one != visible(one)})
    if wrong:
        raise ValueError(
            f"a folder for tables cannot have {' '.join(map(visible, wrong))} in its path; white space and any letters are fine"
        )


def path_of(place: str) -> Path | None:
    """The folder or file that a `file:///` address or a path names on this machine; None for any other address."""
    if place.startswith("file://"):
        return Path(unquote(place.removeprefix("file://")))
    return None if "://" in place else Path(place)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process; read once.

    Raises:
        UsageError: a setting is wrong or unknown, or `.env` cannot be read; the message names it and never shows a value.
    """
    _refuse_unknown({**dict.fromkeys(_names_in_file(Path(ENV_FILE)), ENV_FILE), **dict.fromkeys(os.environ, "the environment")})
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX + '_'.join(str(part) for part in problem['loc']).upper() + ': ' if problem['loc'] else ''}"
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_context=False, include_url=False)
        )
        raise UsageError(f"wrong setting: {problems}") from None


def require_workspace(settings: Settings) -> None:
    """Refuse a folder that no command has ever written to: most likely it is the wrong one.

    Raises:
        UsageError: it holds neither a landing zone nor tables, and no other place for the tables is set; or a restore into it did not end.
    """
    require_restored(settings.home)
    if not settings.warehouse and not any((settings.home / name).exists() for name in ("warehouse", "landing")):
        raise UsageError(
            f"no workspace at {settings.home}: set {PREFIX}HOME, or go to the folder that holds it (`ntm run` makes a new one)"
        )


def restore_note(home: Path) -> Path:
    """The file that stands in a workspace while a back-up is restored into it."""
    return home / "restoring.json"


def require_restored(home: Path) -> None:
    """Refuse a workspace in which a restore was begun and did not end.

    Raises:
        UsageError: names the command that goes on with it.
    """
    note = restore_note(home)
    if note.exists():
        place = json.loads(note.read_text(encoding="utf-8"))["from"]
        raise UsageError(f"a back-up is being restored into {home}, or that did not end: run `ntm restore {place}` (again)")


def _names_in_file(file: Path) -> list[str]:
    """The names that the file sets; none where it is not there (or a folder: some tools keep theirs under this name).

    Raises:
        UsageError: the file cannot be read as lines `NAME=value` in UTF-8.
    """
    if not file.is_file():
        return []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file.absolute()} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file.absolute()} is not a text in UTF-8: save it as UTF-8") from None
    bindings = list(parse_stream(StringIO(text)))
    for binding in bindings:
        text = binding.original.string
        if binding.error or "\0" in text:
            # A line comes with the empty ones before it.
            line = binding.original.line + text.count("\n", 0, len(text) - len(text.lstrip()))
            raise UsageError(f"{file.absolute()}, line {line}: expected NAME=value")
    return [binding.key for binding in bindings if binding.key]


def _refuse_unknown(names: Mapping[str, str]) -> None:
    """Refuse a variable that is named like a setting and is none. `names`: where each is set."""
    known = [f"{PREFIX}{name}".upper() for name in Settings.model_fields]
    for name, place in sorted(names.items()):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1, 0.7)
            hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"
            raise UsageError(f"unknown setting {name} in {place}; {hint}")
