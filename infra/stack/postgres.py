"""A PostgreSQL server of Debian's packages on loopback: for tests, and for a stack on one machine.

Its data, password and log lie in one folder. It refuses to run as root, so root starts it as the user `postgres` of Debian's package.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

USER = "ntm"
_SYSTEM_USER = "postgres"
_START_SECONDS = 60


class PostgresError(Exception):
    """The server is not there, or did not start; the message says what to do or where to look."""


@cache
def programs() -> Path | None:
    """The folder of the newest server's programs on this machine; None: there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).parent)
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


@dataclass(slots=True)
class Postgres:
    """A server over a folder, which has to be reachable for the user that it runs as.

    Attributes:
        folder: its data, password and log.
        port: on loopback.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """Of its one user; made when it is asked for first."""
        file = self.folder / "password"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            file.touch(0o600)
            file.write_text(secrets.token_urlsafe(30), encoding="ascii")
        return file.read_text(encoding="ascii")

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """The address of a database."""
        return f"postgresql://{USER}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """How it is started."""
        bin_folder = self._programs()
        listen = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}", "-c", f"unix_socket_directories={self.folder / 'data'}"]
        return [*self._as_its_user(), str(bin_folder / "postgres"), "-D", str(self.folder / "data"), *listen]

    def prepare(self) -> None:
        """Make its data where there are none.

        Raises:
            PostgresError: it is not installed, the folder cannot be reached by its user, or its own program for it failed.
        """
        bin_folder, data = self._programs(), self.folder / "data"
        if (data / "PG_VERSION").exists():
            return
        password = self.folder / "password"
        _ = self.password
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(data, _SYSTEM_USER, _SYSTEM_USER)
            shutil.chown(password, _SYSTEM_USER)
        if subprocess.run([*self._as_its_user(), "test", "-w", str(data)], check=False).returncode:  # noqa: S603 - ours
            raise PostgresError(f"{data}: the user {_SYSTEM_USER} cannot get there; choose a folder that others may pass through")
        made = subprocess.run(  # noqa: S603 - ours
            [
                *self._as_its_user(),
                *(str(bin_folder / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={password}", "-E", "UTF8", "--no-locale"),
                *("--auth=scram-sha-256", "--no-instructions"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise PostgresError(f"PostgreSQL's data could not be made: {made.stderr.strip().splitlines()[-1:]}")

    def start(self) -> None:
        """Start it as a process of this one, and wait until it answers.

        Raises:
            PostgresError: see `prepare`; or it does not answer.
        """
        self.prepare()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd="/")  # noqa: S603 - ours
        self.wait()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            PostgresError: it ended, or does not answer.
        """
        import psycopg2

        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and (self.process is None or self.process.poll() is None):
            try:
                psycopg2.connect(self.url(), connect_timeout=5).close()
            except psycopg2.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise PostgresError(f"PostgreSQL does not answer at 127.0.0.1:{self.port}; see {self.folder / 'log'}")

    def stop(self) -> None:
        """End it; what is connected is cut off."""
        self._end("terminate")

    def kill(self) -> None:
        """End it in the middle of whatever it does; its own processes end when they notice."""
        self._end("kill")

    def _end(self, how: str) -> None:
        if self.process is not None:
            if how == "terminate":
                # Its fast shutdown: it would wait for those who are connected.
                self.process.send_signal(2)
            else:
                self.process.kill()
            self.process.wait(_START_SECONDS)
            self.process = None

    def _programs(self) -> Path:
        found = programs()
        if found is None:
            raise PostgresError("PostgreSQL is missing: apt-get install postgresql")
        return found

    def _as_its_user(self) -> list[str]:
        """What a command begins with; nothing where this process may start it as it is."""
        if os.geteuid() != 0:
            return []
        user = pwd.getpwnam(_SYSTEM_USER)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
