"""An S3 server on loopback (versitygw over a folder) with two buckets, and a key for each use of them with the rights that it needs and no more.

For tests and for a stack on one machine. Keys are made when the folder is, and stay in a file that its owner alone can read.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / ".bin" / "versitygw"
POLICIES = ROOT / "infra" / "policies"
BUCKETS = {"ntm-landing": "landing", "ntm-warehouse": "warehouse"}
"""By bucket its policy: `infra/policies/<policy>.json`."""
KEYS = ("root", "landing", "warehouse", "reader")
_START_SECONDS = 30


class S3ServerError(Exception):
    """The server did not start, or refused what it was asked; the message says what to look at."""


@dataclass(slots=True)
class S3Server:
    """A server over a folder.

    Attributes:
        folder: its objects, accounts, keys and log.
        port: on loopback.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> dict[str, str]:
        """The secret of each key, by its name; made when they are asked for first."""
        file = self.folder / "keys.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_private(file, json.dumps({name: secrets.token_urlsafe(30) for name in KEYS}))
        keys: dict[str, str] = json.loads(file.read_text(encoding="ascii"))
        return keys

    def command(self) -> list[str]:
        """How it is started; `environment` belongs to it."""
        return [str(SERVER), "--port", f"127.0.0.1:{self.port}", "--quiet", "posix", str(self.folder / "buckets")]

    def environment(self) -> dict[str, str]:
        """Its keys: on a command line every user of the machine would see them."""
        accounts = {name: {"access": name, "secret": secret, "role": "user"} for name, secret in self.keys.items() if name != "root"}
        for name in ("buckets", "accounts"):
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        _write_private(self.folder / "accounts" / "users.json", json.dumps({"accessAccounts": accounts}))
        own = {"ROOT_ACCESS_KEY": "root", "ROOT_SECRET_KEY": self.keys["root"], "VGW_IAM_DIR": str(self.folder / "accounts")}
        return {"PATH": os.environ.get("PATH", ""), **own}

    def start(self) -> None:
        """Start it as a process of this one, wait until it answers, and see that the buckets and their policies are there.

        Raises:
            S3ServerError: it is not there, or does not answer.
        """
        if not SERVER.exists():
            raise S3ServerError("the S3 server is not there: run `make setup-s3`")
        environment = self.environment()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), env=environment, stdout=log, stderr=log)  # noqa: S603 - ours
        self.wait()
        self.make_buckets()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            S3ServerError: it ended, or does not answer.
        """
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self.process is not None and self.process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise S3ServerError(f"the S3 server does not answer at {self.endpoint}; see {self.folder / 'log'}")

    def client(self, key: str, secret: str | None = None) -> S3Client:
        """A client with one of the keys."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret or self.keys[key],
            config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
        )

    def make_buckets(self) -> None:
        """Make the buckets that are not there, and give each its policy."""
        root = self.client("root")
        there = {bucket["Name"] for bucket in root.list_buckets()["Buckets"]}
        for bucket, name in BUCKETS.items():
            if bucket not in there:
                root.create_bucket(Bucket=bucket)
            root.put_bucket_policy(Bucket=bucket, Policy=policy(name, bucket))

    def stop(self) -> None:
        """End it."""
        self._end("terminate")

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end("kill")

    def _end(self, how: str) -> None:
        if self.process is not None:
            getattr(self.process, how)()
            self.process.wait(_START_SECONDS)
            self.process = None

    def settings(self) -> dict[str, str]:
        """The settings of a workspace whose landing zone and tables are there, as environment variables."""
        return {
            "NTM_S3_ENDPOINT": self.endpoint,
            "NTM_LANDING": "s3://ntm-landing",
            "NTM_LANDING_ACCESS_KEY": "landing",
            "NTM_LANDING_SECRET_KEY": self.keys["landing"],
            "NTM_WAREHOUSE": "s3://ntm-warehouse",
            "NTM_WAREHOUSE_ACCESS_KEY": "warehouse",
            "NTM_WAREHOUSE_SECRET_KEY": self.keys["warehouse"],
        }


def policy(name: str, bucket: str) -> str:
    """The policy of a bucket: the file of `infra/policies`, with the bucket's name and those of the keys in it."""
    text = Template((POLICIES / f"{name}.json").read_text(encoding="utf-8")).substitute({key: key for key in KEYS}, bucket=bucket)
    parsed: dict[str, Any] = json.loads(text)
    return json.dumps(parsed)


def _write_private(file: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    new.replace(file)
