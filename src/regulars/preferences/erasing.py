"""What this room holds of somebody, and erasing it."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.messaging import normalised
from regulars.preferences.links import key


class Sql(Statements, file="erasing.sql"):
    submissions: Query
    requests: Query
    erase_submissions: Query
    erase_requests: Query


SQL = Sql()


def held(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What somebody chose in the preference centre, and when they asked for a link."""
    hashes = _hashes(tx, values)
    return [
        ("Choices in the preference centre", records(tx, SQL.submissions, atoms=list(atoms))),
        ("Links asked for", records(tx, SQL.requests, atoms=list(atoms), hashes=hashes)),
    ]


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    hashes = _hashes(tx, values)
    return {
        "preferences.submission": run(tx, SQL.erase_submissions, atoms=list(atoms)),
        "preferences.link_request": run(tx, SQL.erase_requests, atoms=list(atoms), hashes=hashes),
    }


def _hashes(tx: Tx, values: Sequence[str]) -> list[bytes]:
    sealing = key(tx)
    return [sealing.digest("asked", normalised(one)) for one in values]
