"""The list of the erased outside of the database: keyed hashes, by which a restored backup is judged.

One line an erasure, in a file that no backup holds and no restore overwrites.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from regulars.db import Query, Statements, Tx, run, values
from regulars.privacy.asking import go_on
from regulars.privacy.erasure import SQL as ERASURES


class Sql(Statements, file="listing.sql"):
    back_again: Query
    decide_asked: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    kind: str
    hash: str  # In hexadecimal digits.
    erased_at: datetime


def append_listed(file: Path, erased: Mapping[int, Sequence[Listed]]) -> None:
    """Add erasures to the list, each once; a line that was torn by a crash is passed over by readers."""
    lines = [_line(erasure_id, entries) for erasure_id, entries in erased.items() if entries]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = file.read_text() if file.exists() else ""
    known = set(before.splitlines())
    fresh = [line for line in lines if line not in known]
    if not fresh:
        return
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as opened:
        opened.write(("" if before.endswith("\n") or not before else "\n") + "\n".join(fresh) + "\n")
        opened.flush()
        os.fsync(opened.fileno())


def _line(erasure_id: int, entries: Sequence[Listed]) -> str:
    at = max(entry.erased_at for entry in entries)
    hashes = [[one.kind, one.hash] for one in entries]
    return json.dumps({"at": at.isoformat(), "erasure": erasure_id, "hashes": hashes})


def listed(file: Path) -> list[Listed]:
    """Everybody on the list."""
    found = []
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            told = json.loads(line)
            at = datetime.fromisoformat(told["at"])
            found += [Listed(kind=kind, hash=digest, erased_at=at) for kind, digest in told["hashes"]]
        except (ValueError, KeyError, TypeError):
            continue  # Torn by a crash: the erasure goes on and writes it again.
    return found


def replay_erasures(tx: Tx, file: Path, *, at: datetime) -> int:
    """After a restore: ask anew for the erasure of everybody on the list who is there again; gives how many.

    Whoever came back by themselves after their erasure is left alone: their row is younger.
    """
    entries = listed(file)
    back = values(
        tx,
        SQL.back_again,
        kinds=[one.kind for one in entries],
        hashes=[bytes.fromhex(one.hash) for one in entries],
        instants=[one.erased_at for one in entries],
    )
    # Those that were asked for already stand as decided now.
    run(tx, SQL.decide_asked, customer_ids=back, by="Regulars", at=at)
    run(tx, ERASURES.make_many, customer_ids=back, asked_by="restore", by="Regulars", at=at)
    go_on(tx, at)
    return len(back)
