"""Somebody is erased while their message is on its way: what the other side says afterwards keeps nothing of them."""

import pytest

from regulars.channels import Receipt
from regulars.db import Database
from regulars.messaging import Sender, carry_on, erase
from tests.integration.messaging.given import AT, NAME, FileProvider, add_customers, always, queue, treat

ADDRESS = "ada@example.invalid"


@pytest.mark.parametrize(
    ("outcome", "state"), [("failed", "failed"), ("deferred", "queued"), ("in_doubt", "in_doubt")]
)
def test_what_comes_back_of_somebody_erased_meanwhile_is_kept_without_their_address(
    database: Database, tmp_path, outcome, state
):
    with database.transaction() as tx:
        ada, bob = add_customers(tx, [("Ada", ADDRESS), ("Bob", "bob@example.invalid")])
        queue(tx, treat([ada, bob]), channel="outside")

    class Slow(FileProvider):
        def deliver(self, tx, messages):
            with database.transaction() as other:
                erase(other, [ada], [ADDRESS])
            return [
                Receipt(send_id=one.send_id, outcome=outcome, reason=outcome, detail=f"<{one.address}>: no")
                for one in messages
            ]

    carry_on(database, Sender(channel_of=always(Slow(tmp_path / "out"))), NAME, at=AT)

    with database.transaction() as tx:
        found = tx.execute("select customer_id, state, detail, address_hash, data from messaging.send")
        kept = {row[0]: row[1:] for row in found}
    assert kept[ada] == (state, None, None, None)
    assert kept[bob][:2] == (state, "<bob@example.invalid>: no")
