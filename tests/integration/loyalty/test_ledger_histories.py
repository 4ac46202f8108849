"""Whatever is held, captured, given, returned, merged or reinstated: the ledger holds, and the past stays as it was."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.db import Database, Tx
from regulars.kernel import Conflict, Invalid
from regulars.loyalty import (
    Balance,
    NotReversible,
    Period,
    accrue,
    activate_due,
    adjust,
    balance_as_of,
    capture_hold,
    check_ledger,
    enrol,
    expire_due,
    expire_holds,
    follow,
    give_back,
    move_ends,
    place_hold,
    reinstate,
    reverse,
    spend,
    take_back,
    transfer_points,
    trial_balance,
    unclaim,
    void_hold,
)
from tests.integration.loyalty.books import Sale, after, changed, no_tiers, open_club, put_sales
from tests.integration.people import know, regroup

PEOPLE = (1, 2, 3)
WHAT = (
    "earn", "earn", "spend", "hold", "hold", "capture", "void", "adjust", "reverse", "part", "returned", "returned",
    "restore", "give back", "gift", "jump", "due", "extend", "reinstate", "retry", "merge", "split",
)  # fmt: skip
STEP = st.tuples(st.sampled_from(WHAT), st.sampled_from(PEOPLE), st.integers(1, 200))
PROGRAMMES = st.builds(
    changed,
    st.just(no_tiers(gifts=True)),
    starts=st.sampled_from([None, Period(count=3, unit="days")]),
    valid=st.sampled_from([None, Period(count=9, unit="days")]),
    returns=st.sampled_from(["only_pending", "within_balance", "unlimited"]),
)
BY = {"reason": "test", "actor": "Ada"}


class World:
    """A small shop: what was done, and what was seen when it was done."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.day = 20.0
        self.position = 0
        self.turn = 0
        self.holds: list[int] = []
        self.done: list[Callable[[], object]] = []
        self.seen: list[tuple[float, int, Balance]] = []
        self.given = 0  # By hand, so that nobody gains more than that.
        self.person = {who: who for who in PEOPLE}

    def step(self, what: str, who: int, number: int) -> None:
        self.turn += 1
        self.day += number / 25 if what == "jump" else 0.01
        self.tx.execute("update log.clock set mode = 'standing', stands_at = %s", (self.at,))
        with suppress(NotReversible, Conflict, Invalid), self.tx.transaction():
            getattr(self, what.replace(" ", "_"))(who, number)
        self.seen += [(self.day, one, self.balance(one)) for one in sorted(set(self.person.values()))]

    @property
    def at(self):
        return after(self.day)

    def write(self, call: Callable[..., object], *given: object, **more: object) -> object:
        """Do it under an id of its own, and remember it for a repeat."""
        key, at = f"key-{self.turn}", self.at
        answer = call(self.tx, "club", *given, key=key, at=at, **more)
        self.done.append(lambda: (call(self.tx, "club", *given, key=key, at=self.at, **more), answer))
        return answer

    def earn(self, who: int, number: int) -> None:
        self.position += 1
        sale = Sale(
            position=self.position, customer=self.person[who], atom=who, at=self.at, minor=number * 100
        )
        put_sales(self.tx, [sale])
        accrue(self.tx, after=self.position - 1, to=self.position)

    def spend(self, who: int, number: int) -> None:
        self.write(spend, who, number, order_key=f"order-{self.turn}")

    def hold(self, who: int, number: int) -> None:
        until = self.at + timedelta(days=number / 20)
        answer = self.write(place_hold, who, number // 2 + 1, expires_at=until)
        self.holds += [answer.hold_id] if answer.done else []  # type: ignore[attr-defined]

    def capture(self, _who: int, number: int) -> None:
        if self.holds:
            part = None if number % 2 else number // 8 + 1
            self.write(capture_hold, self.holds[number % len(self.holds)], amount=part)

    def void(self, _who: int, number: int) -> None:
        if self.holds:
            self.write(void_hold, self.holds[number % len(self.holds)])

    def adjust(self, who: int, number: int) -> None:
        amount = number - 120
        if amount:
            answer = self.write(adjust, who, amount, **BY)
            self.given += max(0, amount) if answer.outcome == "posted" else 0  # type: ignore[attr-defined]

    def picked(self, number: int, *kinds: str) -> int | None:
        ids = self.tx.execute(
            "select id from loyalty.transfer where kind = any (%s) order by id", (list(kinds),)
        ).fetchall()
        return ids[number % len(ids)][0] if ids else None

    def reverse(self, _who: int, number: int) -> None:
        picked = self.picked(number, "earn", "spend", "adjust", "gift")
        if picked:
            self.write(reverse, picked, **BY)

    def part(self, _who: int, number: int) -> None:
        picked = self.picked(number, "earn", "spend", "adjust", "gift")
        if picked:
            self.write(reverse, picked, amount=number // 4 + 1, **BY)

    def returned(self, _who: int, number: int) -> None:
        picked = self.picked(number, "earn")
        if picked:
            self.write(take_back, picked, number // 3 + 1, reason="returned")

    def restore(self, _who: int, number: int) -> None:
        picked = self.picked(number, "earn")
        if picked:
            unclaim(self.tx, picked, number // 6 + 1, at=self.at, reason="not returned after all")

    def give_back(self, _who: int, number: int) -> None:
        picked = self.picked(number, "spend")
        if picked:
            least = self.at + timedelta(days=3)
            self.write(give_back, picked, number // 6 + 1, reason="returned", least_until=least)

    def gift(self, who: int, number: int) -> None:
        self.write(transfer_points, who, who % len(PEOPLE) + 1, number // 3 + 1)

    def jump(self, _who: int, _number: int) -> None:
        """Time passes, and nothing else."""

    def due(self, _who: int, _number: int) -> None:
        for job in (expire_holds, activate_due, expire_due, expire_holds):
            job(self.tx, self.at)
        assert [job(self.tx, self.at) for job in (expire_holds, activate_due, expire_due)] == [0, 0, 0]

    def extend(self, who: int, number: int) -> None:
        by = timedelta(days=number % 7 + 1)
        move_ends(self.tx, "club", customer_id=who, by=by, at=self.at, **BY)

    def reinstate(self, who: int, number: int) -> None:
        self.write(reinstate, who, until=self.at + timedelta(days=number % 9 + 1), **BY)

    def retry(self, _who: int, number: int) -> None:
        if self.done:
            before = [self.balance(one) for one in sorted(set(self.person.values()))]
            again, first = self.done[number % len(self.done)]()  # type: ignore[misc]
            assert same(again, first)
            assert [self.balance(one) for one in sorted(set(self.person.values()))] == before

    def merge(self, who: int, _number: int) -> None:
        if who != 1:
            self.person[who] = 1
            regroup(self.tx, self.person, [follow])

    def split(self, who: int, _number: int) -> None:
        self.person[who] = who
        regroup(self.tx, self.person, [follow])

    def balance(self, who: int) -> Balance:
        return balance_as_of(self.tx, who, programme="club", booked_at=self.at)

    def holds_true(self) -> None:
        assert check_ledger(self.tx) == []
        assert trial_balance(self.tx, "club").total == 0
        for day, who, balance in self.seen:
            assert balance_as_of(self.tx, who, programme="club", booked_at=after(day)) == balance

    def undo_everything(self) -> None:
        """Every hold voided, every spending reversed, every order returned: nobody gained anything."""
        self.day += 0.01
        for number, hold_id in enumerate(self.holds):
            void_hold(self.tx, "club", hold_id, key=f"undo-hold-{number}", at=self.at)
        for kind in ("earn", "spend", "adjust"):
            for (picked,) in self.tx.execute(
                "select id from loyalty.transfer where kind = %s", (kind,)
            ).fetchall():
                gave = self.tx.execute(
                    "select 1 from loyalty.lot where transfer_id = %s", (picked,)
                ).fetchone()
                standing = self.tx.execute(
                    "select t.amount - coalesce(sum(coalesce(r.claimed, t.amount)) filter (where r.id > 0), 0) from loyalty.transfer t "
                    "left join loyalty.transfer r on r.reverses = t.id where t.id = %s group by t.amount",
                    (picked,),
                ).fetchone()[0]  # type: ignore[index]
                shared = {"key": f"undo-{picked}", "at": self.at, "reason": "undone"}
                with suppress(NotReversible):
                    if kind == "earn" and standing:
                        take_back(self.tx, "club", picked, int(standing), **shared)  # type: ignore[arg-type]
                    elif not gave:
                        reverse(self.tx, "club", picked, actor="Ada", **shared)  # type: ignore[arg-type]


def same(again: object, first: object) -> bool:
    names = ("outcome", "transfer_id", "hold_id", "available")
    return all(getattr(again, name, None) == getattr(first, name, None) for name in names)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMMES, st.lists(STEP, min_size=8, max_size=40))
def test_whatever_happens_the_ledger_holds_and_nobody_gains(database: Database, programme, steps) -> None:
    with database.transaction() as tx, tx.transaction(force_rollback=True):
        open_club(tx, programme)
        know(tx, PEOPLE)
        world = World(tx)
        for who in PEOPLE:
            enrol(tx, "club", who, at=after(1))
        for what, who, number in steps:
            world.step(what, who, number)
        world.holds_true()
        if programme.returns == "within_balance" and not {"gift", "restore"} & {step[0] for step in steps}:
            world.undo_everything()
            left = [world.balance(one) for one in sorted(set(world.person.values()))]
            assert sum(one.active + one.pending for one in left) <= world.given
        world.holds_true()
