"""What this room holds of somebody, and erasing it."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run


class Sql(Statements, file="erasing.sql"):
    devices: Query
    erase: Query


SQL = Sql()


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """On how many devices somebody opened their member page, and until when."""
    return [("Devices with the member page", records(tx, SQL.devices, atoms=list(atoms)))]


def erase(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> dict[str, int]:
    return {"portal.device": run(tx, SQL.erase, atoms=list(atoms))}
