"""The one place that reads the environment (and a `.env` file)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobs.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
MIN_PII_KEY_LENGTH = 32


class Settings(BaseSettings):
    """All settings, each an environment variable `NTM_<NAME>`. A wrong one is refused at start, by name."""

    model_config = SettingsConfigDict(env_prefix="NTM_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Path("var")
    landing: str = ""
    warehouse: str = ""
    s3_endpoint: str | None = None
    landing_access_key: str | None = None
    landing_secret_key: SecretStr | None = None
    warehouse_access_key: str | None = None
    warehouse_secret_key: SecretStr | None = None
    eoffice_url: str | None = None
    eoffice_token: SecretStr | None = None
    portal_url: str | None = None
    portal_token: SecretStr | None = None
    engine: Literal["spark", "sail"] = "sail"
    spark_master: str = "local[*]"
    spark_remote: str | None = None
    pii_key_file: Path | None = None
    pii_key: SecretStr | None = None

    spark_driver_memory: str = Field(default="3g", pattern=r"^[0-9]+[gm]$")
    shuffle_partitions: int = Field(default=2, ge=1, le=2000)
    max_line_bytes: int = Field(default=1 << 20, ge=1024)
    release_retention_days: int = Field(default=400, ge=1)
    hold_rejected_share: float = Field(default=0.5, ge=0, le=1)
    hold_min_rows: int = Field(default=1000, ge=0)

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("landing", "warehouse")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://", "s3a://")):
            raise ValueError("expected file:///… or s3://bucket/prefix")
        return value.rstrip("/")

    @field_validator("pii_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_PII_KEY_LENGTH:
            raise ValueError(f"expected at least {MIN_PII_KEY_LENGTH} characters")
        return value

    @model_validator(mode="after")
    def _tokens_with_urls(self) -> Settings:
        for source in ("eoffice", "portal"):
            if getattr(self, f"{source}_url") and not getattr(self, f"{source}_token"):
                raise ValueError(f"NTM_{source.upper()}_URL is set, so NTM_{source.upper()}_TOKEN is needed too")
        return self

    @property
    def landing_url(self) -> str:
        """Where objects land, as a URL without a slash at its end."""
        return self.landing or (self.home / "landing").as_uri()

    @property
    def warehouse_url(self) -> str:
        """Where the Delta tables are, as a URL without a slash at its end."""
        return self.warehouse or (self.home / "warehouse").as_uri()


def path_of(place: str) -> Path | None:
    """The folder or file that a `file:///` address or a path names on this machine; None for any other address."""
    if place.startswith("file://"):
        return Path(unquote(place.removeprefix("file://")))
    return None if "://" in place else Path(place)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process; read once.

    Raises:
        UsageError: a setting is wrong; the message names it and never shows a value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{'NTM_' + '_'.join(str(part) for part in problem['loc']).upper() + ': ' if problem['loc'] else ''}"
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_context=False, include_url=False)
        )
        raise UsageError(f"wrong setting: {problems}") from None
