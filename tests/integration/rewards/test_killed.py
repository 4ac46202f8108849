"""Processes killed while they redeem: every acknowledged redemption is there once, and nothing is half done."""

import signal
import subprocess
import sys
import time

from regulars import loyalty, offers, rewards
from regulars.db import Database
from tests.integration.rewards.catalogue import a_member, a_pool, after, offer, open_club

TILL = """
import sys
from regulars import offers, rewards
from regulars.db import Database
from tests.integration.rewards.catalogue import after
with Database(sys.argv[1]) as database:
    for n in range(1000):
        key = f"{sys.argv[2]}-{n}"
        with database.transaction() as tx:
            done = rewards.redeem(tx, None, "club", "voucher", 7, key=key, at=after(2)).confirmed()
            code = rewards.redemption(tx, done.redemption_id).code_id
            used = offers.redeem(tx, offers.code(tx, code).code, 7, 2000, key=key, at=after(2)).confirmed()
        print(done.redemption_id, used.use_id, flush=True)
"""


def test_what_tills_were_told_before_they_were_killed_is_there_once(database: Database) -> None:
    with database.transaction() as tx:
        open_club(tx)
        a_member(tx, 7, 200_000)
        a_pool(tx)
        offer(tx, "voucher", fulfilment="code", pool="five", counted=True)
        rewards.change_stock(tx, "voucher", 900, reason="Printed", actor="Ada", at=after(1))

    tills = [
        subprocess.Popen(
            [sys.executable, "-c", TILL, database.dsn, f"till-{n}"], stdout=subprocess.PIPE, text=True
        )
        for n in range(3)
    ]
    told: list[tuple[int, int]] = []
    for till in tills:
        assert till.stdout is not None
        told += [tuple(map(int, till.stdout.readline().split())) for _ in range(4)]  # type: ignore[misc]
    for till in tills:
        till.send_signal(signal.SIGKILL)
        rest = till.communicate()[0]
        told += [tuple(map(int, line.split())) for line in rest.splitlines() if line.count(" ")]  # type: ignore[misc]
    settle(database)

    with database.transaction() as tx:
        made = [rewards.redemption(tx, one) for one, _ in told]
        assert len({one.id for one in made}) == len({use for _, use in told}) == len(told) >= 12
        there = tx.execute("select count(*) from rewards.redemption").fetchone()
        used = tx.execute("select count(*), sum(used) from offers.code where customer_id = 7").fetchone()
        assert there is not None and used is not None
        assert len(told) <= there[0] <= len(told) + len(tills)  # One each may have been committed untold.
        assert used == (there[0], there[0])
        assert rewards.reward(tx, "voucher").stock == 900 - there[0]
        held = loyalty.member(tx, 7, programme="club", at=after(9))
        assert held is not None and held.spendable == 200_000 - 200 * there[0]
        assert loyalty.check_ledger(tx) == []
        assert len(offers.wallet(tx, 7)) == min(there[0], 500)


def settle(database: Database) -> None:
    """Wait until the server has noticed that nobody is there any more."""
    others = (
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    for _ in range(200):
        with database.connect(autocommit=True) as own:
            left = own.execute(f"{others} and xact_start is not null").fetchone()
        if left == (0,):
            return
        time.sleep(0.05)
