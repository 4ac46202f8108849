"""The list of the erased outside of the database: keyed hashes, by which a restored backup is judged.

One line an erasure, in a file that no backup holds and no restore overwrites.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.privacy.asking import go_on
from regulars.privacy.erasure import SQL as ERASURES


class Sql(Statements, file="listing.sql"):
    back_again: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    kind: str
    hash: str  # In hexadecimal digits.
    erased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Somebody who was erased and is there again, because a backup from before was restored."""

    customer_id: int


def append_listed(file: Path, erasure_id: int, entries: Sequence[Listed]) -> None:
    """Add one erasure to the list, once; a line that was torn by a crash is passed over by readers."""
    if not entries:
        return
    at = max(entry.erased_at for entry in entries)
    line = json.dumps(
        {"at": at.isoformat(), "erasure": erasure_id, "hashes": [[one.kind, one.hash] for one in entries]}
    )
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = file.read_text() if file.exists() else ""
    if line in before:
        return
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as opened:
        opened.write(("" if before.endswith("\n") or not before else "\n") + line + "\n")
        opened.flush()
        os.fsync(opened.fileno())


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
    back = rows(
        tx,
        SQL.back_again,
        Back,
        kinds=[one.kind for one in entries],
        hashes=[bytes.fromhex(one.hash) for one in entries],
        instants=[one.erased_at for one in entries],
    )
    for one in back:
        made = value(
            tx,
            ERASURES.make,
            customer_id=one.customer_id,
            state="waiting",
            asked_by="restore",
            requested_by="Regulars",
            decided_by="Regulars",
            at=at,
            starts_at=at,
        )
        if made is None:  # Asked for already; that stands as decided now.
            open_one = value(tx, ERASURES.open_of, customer_id=one.customer_id)
            run(tx, ERASURES.decide, erasure_id=open_one, state="waiting", by="Regulars", starts_at=at)
    go_on(tx, at)
    return len(back)
