"""An importing office: files go in, runs happen in this process, everything is really committed."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from regulars import imports
from regulars.access import Actor
from regulars.app import App
from regulars.db import Database
from regulars.imports import Import
from regulars.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENGINEER = Actor(person_id=None, name="Ines", level=5, function="engineering", scope=None, via="console")
LOYAL = Actor(person_id=None, name="Lou", level=5, function="loyalty", scope=None, via="console")


def quiet(_done: int, _total: int, _message: str, _unit: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Office:
    database: Database
    home: Path
    app: App

    def upload(self, name: str, content: bytes | str, *, actor: Actor = ENGINEER) -> Import:
        data = content.encode() if isinstance(content, str) else content
        kept = imports.keep(self.folder, io.BytesIO(data), name=name, bytes_max=10**9)
        with self.database.transaction() as tx:
            return imports.take_in(tx, actor, kept, at=NOW)

    @property
    def folder(self) -> Path:
        return self.app.settings.imports

    def choose(self, one: Import, *, actor: Actor = ENGINEER, what: Any = None, **changes: Any) -> Import:
        """The suggested mapping, with changes."""
        with self.database.transaction() as tx:
            body = imports.suggestion(tx, one, zone="UTC", what=what).mapping
            from regulars.definitions import canonical

            plain = canonical(body)
            cut_over = changes.pop("cut_over", None)
            for name, value in changes.items():
                plain[name] = {**plain[name], **value} if isinstance(value, dict) else value
            return imports.choose(tx, actor, one.import_id, plain, cut_over=cut_over)

    def check(self, one: Import) -> imports.Findings:
        return imports.check_import(self.database, self.folder, one.import_id, quiet, at=NOW, zone="UTC")

    def run(
        self, one: Import, *, actor: Actor = ENGINEER, say: Callable[..., None] = quiet, at: datetime = NOW
    ) -> Import:
        with self.database.transaction() as tx:
            imports.ask_run(tx, actor, one.import_id, at=at)
        imports.run_import(self.database, self.folder, one.import_id, say)
        self.settle()
        return self.again(one)

    def again(self, one: Import) -> Import:
        with self.database.transaction() as tx:
            return imports.get(tx, one.import_id)

    def settle(self) -> None:
        self.app.catch_up(NOW)

    def imported(self, name: str, content: bytes | str, *, actor: Actor = ENGINEER, **changes: Any) -> Import:
        one = self.upload(name, content, actor=actor)
        return self.run(self.choose(one, actor=actor, **changes), actor=actor)

    def bad(self, one: Import, state: str | None = "open") -> list[imports.BadRow]:
        with self.database.transaction() as tx:
            return imports.bad_rows(tx, one.import_id, state=state, limit=1_000)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.transaction() as tx:
            return tx.execute(query).fetchall()

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]


def office(database: Database, home: Path) -> Office:
    settings = Settings(home=home)
    return Office(database=database, home=home, app=App(settings=settings, database=database, zone="UTC"))


def parquet(folder: Path, select: str) -> bytes:
    file = folder / "made.parquet"
    duckdb.connect().execute(f"copy ({select}) to '{file}' (format parquet)")
    return file.read_bytes()
