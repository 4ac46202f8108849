"""Whatever happens to a member: sums are zero, lots are never negative, and the past stays as it was."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.db import Database, Tx
from regulars.loyalty import (
    Balance,
    NotReversible,
    Period,
    accrue,
    activate_due,
    adjust,
    balance_as_of,
    check_ledger,
    enrol,
    expire_due,
    reverse,
    review_tiers,
    spend,
    trial_balance,
)
from tests.integration.loyalty.books import Sale, after, changed, open_club, put_sales, steep_tiers

PEOPLE = st.integers(1, 2)
STEP = st.one_of(
    st.tuples(st.just("earn"), PEOPLE, st.integers(1, 20_000)),
    st.tuples(st.just("late"), PEOPLE, st.integers(1, 20_000)),
    st.tuples(st.just("spend"), PEOPLE, st.integers(1, 150)),
    st.tuples(st.just("retry"), PEOPLE, st.integers(0, 30)),
    st.tuples(st.just("adjust"), PEOPLE, st.integers(-80, 80).filter(bool)),
    st.tuples(st.just("reverse"), PEOPLE, st.integers(0, 30)),
    st.tuples(st.just("jump"), PEOPLE, st.integers(1, 45)),
    st.tuples(st.just("due"), PEOPLE, st.integers(0, 0)),
)
PROGRAMMES = st.builds(
    changed,
    starts=st.sampled_from([None, Period(count=5, unit="days")]),
    valid=st.sampled_from(
        [None, Period(count=20, unit="days"), Period(count=1, unit="months", round_to="end_of_month")]
    ),
    returns=st.sampled_from(["only_pending", "within_balance", "unlimited"]),
    tier_set=st.builds(steep_tiers, st.sampled_from(["1", "1.5"])),
)
BY = {"reason": "test", "actor": "Ada"}


class World:
    """A small shop: what was done, and what was seen when it was done."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.day = 1.0
        self.position = 0
        self.spent: list[tuple[int, int, str]] = []
        self.seen: list[tuple[float, int, Balance]] = []

    def do(self, step: tuple[str, int, int]) -> None:
        what, who, number = step
        self.day += number if what == "jump" else 0.01
        at = after(self.day)
        if what in ("earn", "late"):
            self.position += 1
            occurred = after(self.day - 3) if what == "late" else at
            put_sales(
                self.tx, [Sale(position=self.position, customer=who, at=occurred, booked_at=at, minor=number)]
            )
            accrue(self.tx, after=self.position - 1, to=self.position)
        elif what == "spend":
            key = f"spend-{len(self.spent)}"
            self.spent.append((who, number, key))
            spend(self.tx, "club", who, number, key=key, at=at)
        elif what == "retry" and self.spent:
            before = self.balance(who)
            person, amount, key = self.spent[number % len(self.spent)]
            spend(self.tx, "club", person, amount, key=key, at=at)
            assert self.balance(who) == before
        elif what == "adjust":
            adjust(self.tx, "club", who, number, key=f"adjust-{self.day}", at=at, **BY)
        elif what == "reverse":
            self.reverse_one(number)
        elif what == "due":
            self.fall_due()

    def reverse_one(self, number: int) -> None:
        ids = [row[0] for row in self.tx.execute("select id from loyalty.transfer order by id").fetchall()]
        if ids:
            picked, key = ids[number % len(ids)], f"reverse-{self.day}"
            with suppress(NotReversible):
                reverse(self.tx, "club", picked, key=key, at=after(self.day), **BY)

    def fall_due(self) -> None:
        at = after(self.day)
        activate_due(self.tx, at)
        expire_due(self.tx, at)
        review_tiers(self.tx, at)
        assert (activate_due(self.tx, at), expire_due(self.tx, at), review_tiers(self.tx, at)) == (0, 0, 0)

    def balance(self, who: int) -> Balance:
        return balance_as_of(self.tx, who, programme="club", booked_at=after(self.day))

    def remember(self) -> None:
        self.seen += [(self.day, who, self.balance(who)) for who in (1, 2)]

    def holds(self) -> None:
        assert check_ledger(self.tx) == []
        assert trial_balance(self.tx, "club").total == 0
        for day, who, balance in self.seen:
            assert balance_as_of(self.tx, who, programme="club", booked_at=after(day)) == balance
        accrue(self.tx, after=0, to=self.position)
        assert [self.balance(who) for who in (1, 2)] == [balance for _, _, balance in self.seen[-2:]]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMMES, st.lists(STEP, min_size=5, max_size=25))
def test_whatever_happens_the_ledger_holds(database: Database, programme, steps) -> None:
    with database.transaction() as tx, tx.transaction(force_rollback=True):
        open_club(tx, programme)
        world = World(tx)
        for who in (1, 2):
            enrol(tx, "club", who, at=after(1))
        for step in steps:
            world.do(step)
            world.remember()
        world.holds()
