"""Erasing somebody from what came back: kept mails, and the words of bounces."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import narrowed, pattern_of, pieces


class Sql(Statements, file="erasing.sql"):
    erase_bounces: Query
    erase_mail: Query
    erase_problems: Query
    held_bounces: Query
    held_mail: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty what names a person; that something came back of a number stays for the figures."""
    patterns = [pattern_of(piece) for piece in pieces(values)]
    return {
        "deliverability.bounce": run(tx, SQL.erase_bounces, atoms=list(atoms)),
        "deliverability.mail": sum(run(tx, SQL.erase_mail, pattern=one) for one in patterns),
        "deliverability.mailbox_state": sum(run(tx, SQL.erase_problems, pattern=one) for one in patterns),
    }


def held(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What came back of messages to somebody."""
    mails = records(tx, SQL.held_mail, pattern=pattern_of(values))
    return [
        ("Bounces", records(tx, SQL.held_bounces, atoms=list(atoms))),
        ("Mails that came back", [one | {"excerpt": narrowed(one["excerpt"], values)} for one in mails]),
    ]
