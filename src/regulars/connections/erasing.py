"""Erasing somebody from what connections keep: last payloads, deliveries, files that were moved to done."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import is_telling, narrowed, pattern_of, pieces

BYTES_MAX = 256 * 1024**2
DONE = "done"


class Sql(Statements, file="erasing.sql"):
    erase_samples: Query
    erase_deliveries: Query
    erase_pickups: Query
    erase_problems: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str], *, drops: Path) -> dict[str, int]:
    """Delete payloads that name a person, and files in folders named done below the root for drops."""
    statements = {
        "connections.sample": SQL.erase_samples,
        "connections.delivery": SQL.erase_deliveries,
        "connections.pickup": SQL.erase_pickups,
        "connections.drop_state": SQL.erase_problems,
    }
    done = {
        place: sum(run(tx, query, pattern=pattern_of(piece)) for piece in pieces(values))
        for place, query in statements.items()
    }
    return done | {"files picked up": _erase_files(drops, values)}


def held(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Of the last payloads what concerns a person: others stand in them, too."""
    found = records(tx, SQL.held, pattern=pattern_of(values))
    told = [one | {"payload": narrowed(one["payload"], values)} for one in found]
    return [("Payloads of connections", told)]


def _erase_files(root: Path, values: Sequence[str]) -> int:
    wanted = [form for value in values if is_telling(value) for form in _forms(value)]
    gone = 0
    for path in root.rglob(f"{DONE}/*") if wanted and root.is_dir() else ():
        if path.is_file() and not path.is_symlink() and _names(path, wanted):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _forms(value: str) -> Iterable[bytes]:
    for spelled in {value, value.lower()}:
        yield spelled.encode()
        yield spelled.encode("utf-16-le")


def _names(path: Path, wanted: Sequence[bytes]) -> bool:
    """Whether a file holds one of the values, as it is or inside a workbook; one too large to read does."""
    if path.stat().st_size > BYTES_MAX:
        return True
    return any(form in held for held in _contents(path) for form in wanted)


def _contents(path: Path) -> Iterator[bytes]:
    whole = path.read_bytes()
    yield whole
    yield whole.lower()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as opened:
            for member in opened.infolist():
                if member.file_size <= BYTES_MAX:
                    yield opened.read(member).lower()
