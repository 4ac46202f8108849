"""Many at once on one member, one hold and one id; processes and servers that are killed under load."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import psycopg

from regulars.db import Database, create_database, migrate, start
from regulars.loyalty import (
    adjust,
    balance_as_of,
    capture_hold,
    check_ledger,
    enrol,
    place_hold,
    reverse,
    spend,
    transfer_points,
    void_hold,
)
from tests.integration.log.killing import begin
from tests.integration.loyalty.books import after, no_tiers, open_club

WRITERS = 64
BY = {"reason": "opening", "actor": "Ada"}
AT = after(5)


def stocked(database: Database, points: int = 1000) -> None:
    with database.transaction() as tx:
        open_club(tx, no_tiers(gifts=True))
        for who in (7, 8):
            enrol(tx, "club", who, at=after(1))
            adjust(tx, "club", who, points, key=f"opening-{who}", at=after(2), **BY)


def alone(database: Database, write, *given, **more):
    with database.connect() as own:
        answer = write(own, "club", *given, at=AT, **more)
        own.commit()
        return answer


def left(database: Database, who: int = 7) -> tuple[int, int]:
    with database.transaction() as tx:
        assert check_ledger(tx) == []
        found = balance_as_of(tx, who, programme="club", booked_at=after(6))
        return found.active, found.held


def test_sixty_four_writers_on_one_member_neither_overdraw_nor_refuse_a_valid_one(database: Database) -> None:
    stocked(database)

    def write(n: int) -> str:
        if n % 4 == 0:
            return alone(database, place_hold, 7, 20, key=f"hold-{n}", expires_at=after(8)).outcome
        if n % 4 == 1:
            return alone(database, transfer_points, 7, 8, 20, key=f"gift-{n}").outcome
        if n % 4 == 2:  # Against the others, so that locks taken out of order would stand still.
            return alone(database, transfer_points, 8, 7, 20, key=f"back-{n}").outcome
        return alone(database, spend, 7, 20, key=f"spend-{n}").outcome

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = Counter(pool.map(write, range(WRITERS)))

    # 16 each of holds, gifts there, gifts back and spendings of 20 never need more than 960 of the 1,000.
    assert outcomes == {"held": 16, "posted": 48}
    assert left(database) == (1000 - 16 * 20, 16 * 20)
    assert left(database, 8) == (1000, 0)


def test_spendings_of_one_row_and_of_more_reversals_and_repeats_race_on_one_member(
    database: Database,
) -> None:
    with database.transaction() as tx:
        open_club(tx, no_tiers())
        enrol(tx, "club", 7, at=after(1))
        for number in range(40):  # Lots of 50: a spending of 20 is paid by one or by two of them.
            adjust(tx, "club", 7, 50, key=f"opening-{number}", at=after(2), **BY)
        before = [
            spend(tx, "club", 7, 20, key=f"before-{n}", at=after(3)).confirmed().transfer_id
            for n in range(WRITERS // 4)
        ]

    def write(n: int) -> tuple[str, int | None]:
        if n % 4 == 0:
            done = alone(
                database,
                reverse,
                before[n // 4],
                key=f"back-{n}",
                amount=5 + n % 3,
                reason="test",
                actor="Ada",
            )
        else:  # Two of each four have one id.
            done = alone(database, spend, 7, 20, key=f"spend-{n - n % 4 if n % 4 < 3 else n}")
        return done.outcome, done.transfer_id

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = list(pool.map(write, range(WRITERS)))

    assert {outcome for outcome, _ in outcomes} == {"posted"}
    assert len({transfer for _, transfer in outcomes}) == 3 * WRITERS // 4
    back = sum(5 + n % 3 for n in range(0, WRITERS, 4))
    assert left(database) == (2000 - 20 * (WRITERS // 4 + WRITERS // 2) + back, 0)
    with database.transaction() as tx:
        both = "select (select count(*) from loyalty.simple_spend), (select count(*) from only loyalty.transfer where kind = 'spend')"
        one_row, more = tx.execute(both).fetchone()
    assert one_row + more == WRITERS // 4 + WRITERS // 2
    assert one_row > 0 < more


def test_of_many_who_resolve_one_hold_one_wins_and_one_id_is_one_hold(database: Database) -> None:
    stocked(database)
    with ThreadPoolExecutor(16) as pool:
        same = list(pool.map(lambda _: alone(database, place_hold, 7, 900, key="one"), range(16)))

        def resolve(n: int):
            write = capture_hold if n % 2 else void_hold
            return alone(database, write, same[0].hold_id, key=f"resolve-{n}")

        answers = list(pool.map(resolve, range(16)))

    assert len(set(same)) == 1
    won = [one for one in answers if one.done]
    assert len(won) == 1
    assert {one.outcome for one in answers if not one.done} == {f"already_{won[0].outcome}"}
    assert left(database) == (100 if won[0].outcome == "captured" else 1000, 0)


def spend_until_killed(dsn: str, told: str) -> None:
    """Each id is told after its commit."""
    with Database(dsn, application="killed") as database, Path(told).open("a") as file:
        for n in count():
            with database.transaction() as tx:
                spend(tx, "club", 7, 1, key=f"till-{n}", at=AT).confirmed()
            file.write(f"till-{n}\n")
            file.flush()


def acknowledged_once(database: Database, told: set[str]) -> None:
    with database.transaction() as tx:
        kept = Counter(
            key for (key,) in tx.execute(
                "select k.key from loyalty.caller_key k join loyalty.transfer t on t.id = k.transfer_id "
                "where t.kind = 'spend' and t.amount = 1"
            ).fetchall()
        )  # fmt: skip
        spent = tx.execute("select count(*) from loyalty.transfer where kind = 'spend'").fetchone()[0]
        assert check_ledger(tx) == []
    assert told <= kept.keys()
    assert set(kept.values()) <= {1}
    assert (spent, len(kept) - len(told) <= WRITERS) == (len(kept), True)


def test_a_killed_process_loses_nothing_that_it_acknowledged(database: Database, tmp_path: Path) -> None:
    stocked(database, 100_000)
    told = tmp_path / "told"
    told.touch()
    process = begin(spend_until_killed, database.dsn, str(told))
    while told.stat().st_size < 200:
        sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)

    acknowledged_once(database, set(told.read_text().split()))


def test_a_killed_server_loses_nothing_that_it_acknowledged() -> None:
    with TemporaryDirectory(prefix="regulars-") as folder, start(Path(folder)) as server:
        create_database(server.dsn("postgres"), "killed")
        dsn = server.dsn("killed")
        with Database(dsn) as database:
            migrate(database)
            stocked(database, 100_000)
        told: list[str] = []

        def write(writer: int) -> None:
            with suppress(psycopg.Error), psycopg.connect(dsn) as own:
                for n in count():
                    key = f"till-{writer}-{n}"
                    spend(own, "club", 7 + writer % 2, 1, key=key, at=AT).confirmed()
                    own.commit()
                    told.append(key)

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(write, writer) for writer in range(4)]
            while len(told) < 40:
                sleep(0.01)
            os.kill(server.pid, signal.SIGKILL)
            for one in running:
                one.result()
        sleep(0.2)
        server.revive()

        with Database(server.dsn("killed")) as database:
            acknowledged_once(database, set(told))
