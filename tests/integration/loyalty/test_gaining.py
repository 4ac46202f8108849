"""Buying, spending, returning and changing one's mind, in whatever order, leaves nobody with points for nothing."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.db import Database, Tx
from regulars.loyalty import (
    Cap,
    EarningRule,
    NotReversible,
    Period,
    Programme,
    accrue,
    activate_due,
    balance_as_of,
    check_ledger,
    enrol,
    lots,
    reverse,
    spend,
)
from tests.integration.loyalty.books import Sale, after, changed, open_club, put_sales, steep_tiers
from tests.integration.loyalty.shop import cancelled, returned, touch

BY = {"reason": "test", "actor": "Ada"}
ORDER = st.integers(0, 7)
STEP = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 9_000), st.integers(1, 9_000)),
    st.tuples(st.just("buy"), st.integers(1, 900), st.integers(1, 900)),
    st.tuples(st.just("return"), ORDER, st.integers(0, 100)),
    st.tuples(st.just("return beyond"), ORDER, st.integers(0, 100)),
    st.tuples(st.just("cancel"), ORDER, st.integers(0, 1)),
    st.tuples(st.just("spend"), st.integers(1, 90), ORDER),
    st.tuples(st.just("spend aside"), st.integers(1, 90), ORDER),
    st.tuples(st.just("reverse"), ORDER, ORDER),
    st.tuples(st.just("wait"), st.integers(1, 4), ORDER),
)
RULES = st.sampled_from(
    [
        (EarningRule(key="spend", points=1, per="1.00", money="USD", rounded_per="order"),),
        (EarningRule(key="spend", points=3, per="0.70", money="USD"),),
        (
            EarningRule(key="spend", points=1, per="1.00", money="USD", caps=(Cap(points=60, per="month"),)),
            EarningRule(key="visit", points=5, per="1", counts="orders"),
        ),
    ]
)
PROGRAMMES = st.builds(
    changed,
    earning=RULES,
    returns=st.sampled_from(["within_balance", "unlimited"]),
    starts=st.sampled_from([None, Period(count=2, unit="days")]),
    given_back=st.sampled_from(["by_share", "when_all"]),
    tier_set=st.builds(steep_tiers, st.sampled_from(["1", "1.5"])),
    valid=st.none(),
)


class Shopper:
    def __init__(self, tx: Tx) -> None:
        self.tx, self.day, self.orders = tx, 1.0, 0
        self.spent: list[int] = []
        self.sums: dict[int, tuple[int, int]] = {}

    def do(self, step: tuple[str, int, int]) -> None:
        what, one, other = step
        self.day += one if what == "wait" else 0.01
        order = 1 + one % self.orders if self.orders else 0
        if what == "buy":
            self.buy(one, other)
        elif what == "wait":
            activate_due(self.tx, after(self.day))
        elif what.startswith("spend") and self.orders:
            self.spend(one, order_key=f"order-{1 + other % self.orders}" if what == "spend" else None)
        elif what == "reverse" and self.spent:
            self.reverse(self.spent[one % len(self.spent)])
        elif order and what.startswith("return"):
            self.return_part(order, other, beyond=what == "return beyond")
        elif order and what == "cancel":
            cancelled(self.tx, order, off=bool(other))
            touch(self.tx, order)

    def buy(self, first: int, second: int) -> None:
        self.orders += 1
        self.sums[self.orders] = (first, second)
        lines = (("milk", first), ("tea", second))
        at = after(self.day)
        put_sales(self.tx, [Sale(position=self.orders, customer=7, at=at, minor=first + second, lines=lines)])
        touch(self.tx, self.orders)

    def return_part(self, order: int, percent: int, *, beyond: bool) -> None:
        first, second = self.sums[order]
        if beyond:
            returned(self.tx, order, {1: 0, 2: 0}, beyond=(first + second) * percent // 100)
        else:
            returned(self.tx, order, {1: first * percent // 100, 2: second if percent > 50 else 0})
        touch(self.tx, order)

    def spend(self, points: int, *, order_key: str | None) -> None:
        key = f"spend-{self.day}"
        done = spend(self.tx, "club", 7, points, key=key, at=after(self.day), order_key=order_key)
        if done.transfer_id:
            self.spent.append(done.transfer_id)
        if order_key:
            touch(self.tx, int(order_key.removeprefix("order-")))  # Of what came back before, its share.

    def reverse(self, transfer_id: int) -> None:
        with suppress(NotReversible):
            reverse(self.tx, "club", transfer_id, key=f"undo-{self.day}", at=after(self.day), **BY)

    def return_everything(self) -> None:
        """The goods, and what points alone had bought."""
        for order in range(1, self.orders + 1):
            cancelled(self.tx, order)
            touch(self.tx, order)
        for transfer_id in self.spendings():
            self.day += 0.01
            self.reverse(transfer_id)

    def spendings(self) -> list[int]:
        found = self.tx.execute("select id from loyalty.transfer where kind = 'spend' order by id").fetchall()
        return [row[0] for row in found]


def test_what_was_given_back_by_hand_is_not_asked_again(tx: Tx) -> None:
    open_club(tx, changed(earning=(EarningRule(key="spend", points=3, per="0.70", money="USD"),)))
    enrol(tx, "club", 7, at=after(1))
    shopper = Shopper(tx)
    for step in (("buy", 243, 7), ("return", 0, 26), ("spend", 2, 0), ("reverse", 0, 0)):
        shopper.do(step)
    before = tx.execute("select count(*) from loyalty.transfer").fetchone()

    accrue(tx, after=0, to=1)  # One point came back for its share of the order, the other by hand.
    assert tx.execute("select count(*) from loyalty.transfer").fetchone() == before

    shopper.do(("return", 0, 0))  # The order stands again: what its share gave back pays again, and no more.
    paid = tx.execute("select amount from loyalty.transfer where kind = 'spend' order by id").fetchall()
    assert paid == [(2,), (1,)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMMES, st.lists(STEP, min_size=3, max_size=20))
def test_after_everything_is_returned_nothing_is_left(
    database: Database, programme: Programme, steps: list[tuple[str, int, int]]
) -> None:
    with database.transaction() as tx, tx.transaction(force_rollback=True):
        open_club(tx, programme)
        enrol(tx, "club", 7, at=after(1))
        shopper = Shopper(tx)
        for step in steps:
            shopper.do(step)
            assert check_ledger(tx) == []
        before = tx.execute("select count(*) from loyalty.transfer").fetchone()
        accrue(tx, after=0, to=shopper.orders)
        # Caps count what stands: an order that a cap cut earns when it is told again after a return made room.
        if not any(rule.caps for rule in programme.earning):
            assert tx.execute("select count(*) from loyalty.transfer").fetchone() == before

        shopper.return_everything()

        left = balance_as_of(tx, 7, programme="club", booked_at=after(100))
        assert (left.active, left.pending, left.owed) == (0, 0, 0), lots(tx, 7, programme="club")
        assert check_ledger(tx) == []
