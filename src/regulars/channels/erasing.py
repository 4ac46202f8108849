"""People in what channels keep, browsers and cards: carried along, told, and erased."""

from collections.abc import Sequence
from typing import Any

from regulars.channels.statements import SQL
from regulars.customers import Moved
from regulars.db import Tx, records, run


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: their browsers and cards go with them."""
    given = {"atoms": [one.atom_id for one in moved], "afters": [one.after for one in moved]}
    run(tx, SQL.follow_subscriptions, **given)
    run(tx, SQL.follow_cards, **given)


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Forget the browsers and the cards of these people, and domains that may be theirs alone."""
    given = list(atoms)
    domains = sorted({one.rpartition("@")[2].lower() for one in values if "@" in one})
    return {
        "channels.push_subscription": run(tx, SQL.erase_subscriptions, atoms=given),
        "channels.inbox_card": run(tx, SQL.erase_cards, atoms=given),
        "channels.domain_tally": run(tx, SQL.erase_domains, domains=domains),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The browsers that take notifications, and the cards of the inbox."""
    given = list(atoms)
    return [
        ("Browsers that take notifications", records(tx, SQL.held_subscriptions, atoms=given)),
        ("Cards of the inbox", records(tx, SQL.held_cards, atoms=given)),
    ]
