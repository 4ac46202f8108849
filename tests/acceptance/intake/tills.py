"""A workspace whose web process can be stopped, killed and started again on its port, and a key to send with."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars import access
from regulars.app import App
from tests.acceptance.console.office import AT, answers


@dataclass
class Door:
    """The web process of a workspace."""

    app: App
    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = int(probe.getsockname()[1])
        given = {
            "REGULARS_DATABASE_URL": self.app.database.dsn,
            "REGULARS_WORKSPACE": "main",
            "REGULARS_HOME": str(self.home),
            "REGULARS_PORT": str(self.port),
            **self.settings,
        }
        command = [sys.executable, "-m", "regulars", "web"]
        self.process = subprocess.Popen(command, env={**os.environ, **given})
        answers(self.port)

    def close(self, by: signal.Signals = signal.SIGINT) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(timeout=30)
            self.process = None


def tracking_key(app: App, name: str = "Shop") -> str:
    """The text of a new tracking key."""
    with app.database.transaction() as tx:
        person = access.person_by_email(tx, "ada@example.invalid")
        assert person is not None
        actor = access.actor_of(tx, person.person_id, "console")
        return access.make_key(tx, actor, name=name, kind="tracking", at=AT).text


def logged(app: App, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the log, after everything that arrived is in it."""
    with app.database.transaction() as tx:
        now = app.now(tx)
    app.catch_up(now)
    with app.database.transaction() as tx:
        return tx.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]
