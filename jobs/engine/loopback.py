"""A loopback of the process's own for Sail, whose server asks nobody who they are.

Whoever reaches Sail's port runs Python with the rights of the run. So the server listens in a network namespace that holds nothing but its own loopback
(Linux; `unshare(2)` is per thread, so the engine's workers stay in the machine's network and reach S3 as before). The client comes in by a Unix socket in a
folder that only this user can enter, and a relay carries its bytes to the server's port.

A namespace of the network needs CAP_SYS_ADMIN. Root has it, but in most containers; another user gets it in a user namespace of his own
(`enter_user_namespace`), where the kernel allows these, and only while the process has one thread.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP_RUNNING = 0x41
_PIECE = 1 << 18


def enter_user_namespace() -> bool:
    """Put this process into a user namespace in which it is the same user and may make namespaces of the network.

    Returns False where that is not possible, or not needed (root). To be called before the process has a second thread. Files are read and written with the
    same rights as before.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0 or not _unshare(_CLONE_NEWUSER):
        return False
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(content, encoding="ascii")
    return True


def listen_apart(listen: Callable[[], tuple[str, int]]) -> Path | None:
    """Start a server where only this process reaches it; returns the Unix socket to reach it by, None where there can be no namespace.

    Args:
        listen: makes the server listen and returns its address; called in the namespace, or not at all. A failure of it is raised here.
    """
    ready: list[Path | BaseException | None] = []
    known = threading.Event()

    def serve() -> None:
        if not _unshare(_CLONE_NEWNET):
            ready.append(None)
            known.set()
            return
        try:
            _raise_loopback()
            address = listen()
            folder = Path(tempfile.mkdtemp(prefix="ntm-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            door = socket.socket(socket.AF_UNIX)
            door.bind(str(folder / "sail"))
            door.listen()
            ready.append(folder / "sail")
        except BaseException as error:
            ready.append(error)
            return
        finally:
            known.set()
        while True:
            client, _ = door.accept()
            try:
                # Made in this thread: a socket belongs to the namespace of the thread that makes it.
                server = socket.create_connection(address)
            except OSError:
                # The server has ended; its client sees it by the end of the connection.
                client.close()
                continue
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_carry, args=(source, target), name="sail-relay", daemon=True).start()

    threading.Thread(target=serve, name="sail-door", daemon=True).start()
    known.wait()
    (outcome,) = ready
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until one side ends, then end both."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _raise_loopback() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def _unshare(flags: int) -> bool:
    """`unshare(2)`, which Python has from 3.12 on."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    return unshare is not None and unshare(flags) == 0
