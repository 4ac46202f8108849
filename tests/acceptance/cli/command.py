"""The command as people run it: a process of its own, on a home and a port of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ARGV = [sys.executable, "-m", "regulars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A home, a port, and further settings."""

    home: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
        return plain | {"REGULARS_HOME": str(self.home), "REGULARS_PORT": str(self.port)} | self.more

    def run(self, *arguments: str, within_s: float = 120) -> Ended:
        done = subprocess.run(
            [*ARGV, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    @contextlib.contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The command running in a session of its own, as under a terminal; killed if it is left."""
        with subprocess.Popen(
            [*ARGV, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()

    def wait_until_ready(self, within_s: float = 60) -> None:
        until(self.answers, within_s)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def left(self) -> list[str]:
        """Command lines of whatever still runs on this home or port."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                mine = str(self.home) in line or process.environ().get("REGULARS_HOME") == str(self.home)
                if mine and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(line)
        return found


def here(home: Path, **more: str) -> Here:
    return Here(home=home, port=free_port(), more=more)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(found: Callable[[], object], within_s: float = 10) -> None:
    ends = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < ends, "It did not come to pass in time."
        time.sleep(0.05)
