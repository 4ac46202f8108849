"""What a page tells, whose key is public, suggests who is one person and never makes one."""

from datetime import UTC, datetime

import pytest

from regulars import customers, events, log
from regulars.db import Database
from regulars.wiring import FOLLOW

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
CARD = "79927398713"


def persons(database: Database, *items: dict[str, object], server: bool) -> tuple[int, int]:
    """How many persons there are after the items were read, and how many are suggested to be one."""
    reception = events.Reception(source="shop", received_at=AT, policy=events.Policy(server=server))
    told = [events.read(item, reception) for item in items]
    assert all(isinstance(one, log.NewEvent) for one in told), told
    sequencer = log.Sequencer(database, customers.resolve)
    with database.transaction() as tx:
        log.append(tx, [one for one in told if isinstance(one, log.NewEvent)])
    log.catch_up(database, sequencer, [log.ReaderRunner(database, customers.reader(FOLLOW))], AT)
    sequencer.close()
    with database.transaction() as tx:
        return customers.count(tx), len(customers.suggestions(tx).items)


@pytest.mark.parametrize(
    "how", [{"traits": {"card": CARD}}, {"context": {"externalIds": [{"type": "card", "id": CARD}]}}]
)
def test_a_card_that_a_page_tells_merges_nobody_and_one_that_a_server_tells_does(
    database: Database, how: dict[str, object]
) -> None:
    first = {"type": "identify", "userId": "owner", "traits": {"card": CARD}}
    thief = {"type": "identify", "userId": "thief", **how}

    assert persons(database, first, server=True) == (1, 0)
    count, suggested = persons(database, thief, server=False)
    assert (count, suggested) == (2, 1)
    assert persons(database, {**thief, "messageId": "again"}, server=True)[0] == 1


def test_a_page_still_says_who_its_visitor_is(database: Database) -> None:
    item = {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {"name": "Ann"}}
    before = {"type": "page", "anonymousId": "a1", "name": "Home"}

    assert persons(database, before, item, server=False) == (1, 0)
