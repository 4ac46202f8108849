"""Making the archive: a page that a person reads, the same as JSON and as one CSV a table."""

import csv
import html
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import Any

from regulars import analytics, customers
from regulars.db import Database, Tx, run
from regulars.jobs import Progress
from regulars.kernel import RegularsError
from regulars.privacy.copy import ARCHIVE, LASTS, SQL, Copy, copy_of
from regulars.privacy.subject import Subject

FORMULA = ("=", "+", "-", "@", "\t", "\r")
EVENTS = "Events"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1d273b}"
    "table{border-collapse:collapse;width:100%;font-size:14px}td,th{border-bottom:1px solid #dce1e7;"
    "padding:6px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}h2{margin-top:2.5rem}"
    ".scroll{overflow-x:auto}p.none{color:#667382}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one place holds."""

    title: str
    why: str
    tables: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]

    @property
    def rows(self) -> int:
        return sum(len(rows) for _, rows in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copier:
    """Makes copies in one workspace."""

    database: Database
    subjects: Sequence[Subject]
    folder: Path
    lake: analytics.Lake
    now: Callable[[Tx], datetime]

    def work(self, _database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """The function of the job."""
        made = self.make(int(args["copy"]), progress.update)
        return {"tables": made.tables, "rows": made.rows, "bytes": made.bytes}

    def make(self, copy_id: int, say: Callable[[int, int, str, str], None]) -> Copy:
        """Collect, write the archive whole or not at all, and say that it is ready."""
        with self.database.transaction() as tx:
            asked = copy_of(tx, copy_id)
        if asked.state not in ("waiting", "failed"):
            return asked
        try:
            sections = self._collect(asked, say)
            name = token_hex(12)
            self._write(name, asked, sections)
        except RegularsError as fault:
            with self.database.transaction() as tx:
                run(tx, SQL.fail, copy_id=copy_id, problem=str(fault)[:500])
            raise
        with self.database.transaction() as tx:
            at = self.now(tx)
            noted = run(
                tx,
                SQL.ready,
                copy_id=copy_id,
                at=at,
                expires_at=at + LASTS,
                folder=name,
                bytes=(self.folder / name / ARCHIVE).stat().st_size,
                tables=sum(len(one.tables) for one in sections),
                rows=sum(one.rows for one in sections),
            )
            if not noted:  # Erased meanwhile: nobody would find and delete it later.
                rmtree(self.folder / name, ignore_errors=True)
            return copy_of(tx, copy_id)

    def _collect(self, asked: Copy, say: Callable[[int, int, str, str], None]) -> list[Section]:
        asking = [subject for subject in self.subjects if subject.held is not None]
        with self.database.transaction() as tx:
            atoms = customers.atoms(tx, asked.customer_id)
            atoms += customers.belonging(tx, atoms)
            names = customers.names_of(customers.known_as(tx, atoms))
        found = []
        for number, subject in enumerate(asking):
            say(number, len(asking), f"Looking at {subject.title.lower()}", "place")
            with self.database.transaction() as tx:
                assert subject.held is not None
                tables = tuple((title, tuple(rows)) for title, rows in subject.held(tx, atoms, names))
            found.append(
                Section(title=subject.title, why=subject.why, tables=self._with_older(tables, atoms))
            )
        return found

    def _with_older(
        self, tables: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...], atoms: Sequence[int]
    ) -> tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]:
        """The events that stand in the lake alone come before those of the database."""
        return tuple(
            (title, (*self._older({row["position"] for row in rows}, atoms), *rows))
            if title == EVENTS
            else (title, rows)
            for title, rows in tables
        )

    def _older(self, known: set[int], atoms: Sequence[int]) -> list[Mapping[str, Any]]:
        wanted = ", ".join(str(int(atom)) for atom in atoms)
        with analytics.open_lake(self.lake, ["events"]) as snapshot:
            if not snapshot.relation("events").files:
                return []
            with analytics.open_duckdb(
                snapshot.relations, snapshot.people, place=self.lake.place, contacts=True
            ) as engine:
                query = f"select * from events where customer_id in ({wanted}) order by position"  # noqa: S608
                told = engine.ask(query)
                return [row for row in told.read_all().to_pylist() if row["position"] not in known]

    def _write(self, name: str, asked: Copy, sections: Sequence[Section]) -> None:
        folder = self.folder / name
        folder.mkdir(parents=True, mode=0o700)
        self.folder.chmod(0o700)
        draft = folder / f"{ARCHIVE}.new"
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("index.html", _page(asked, sections))
                archive.writestr("data.json", _json(asked, sections))
                for section in sections:
                    for title, rows in section.tables:
                        if rows:
                            archive.writestr(f"tables/{_slug(title)}.csv", _csv(rows))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / ARCHIVE)


def _json(asked: Copy, sections: Iterable[Section]) -> str:
    told = {
        "customer": asked.customer,
        "asked_at": asked.asked_at,
        "places": [
            {"title": one.title, "why": one.why, "tables": [{"title": t, "rows": r} for t, r in one.tables]}
            for one in sections
        ],
    }
    return json.dumps(told, default=_plain, ensure_ascii=False, indent=1)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    """What a spreadsheet would take for a formula is text."""
    told = _text(value)
    return f"'{told}" if isinstance(value, str) and told.startswith(FORMULA) else told


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, default=_plain, ensure_ascii=False) if value else ""
    return str(_plain(value))


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _page(asked: Copy, sections: Sequence[Section]) -> str:
    """One page without anything from elsewhere, so that it can be read for ever and by any browser."""
    body = "".join(_section(one) for one in sections)
    rows = sum(one.rows for one in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What we hold about you</title><style>{STYLE}</style></head><body>"
        "<h1>What we hold about you</h1>"
        f"<p>Made on {asked.asked_at:%-d %B %Y} for customer {asked.customer}: {rows:,} entries. "
        "The same stands in <code>data.json</code> for programs, and in the folder <code>tables</code> for "
        "spreadsheets. Times are in UTC; amounts of orders in the smallest unit of their currency.</p>"
        f"{body}</body></html>"
    )


def _section(one: Section) -> str:
    tables = "".join(_table(title, rows) for title, rows in one.tables if rows)
    nothing = '<p class="none">Nothing.</p>'
    return f"<h2>{html.escape(one.title)}</h2><p>What for: {html.escape(one.why)}.</p>{tables or nothing}"


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if any(row.get(name) not in (None, "", {}, []) for row in rows)
    ]
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_text(row.get(name)))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return (
        f'<h3>{html.escape(title)} ({len(rows):,})</h3><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
