"""A shop in simulated time in which anything happens to anybody, for tests of what is kept with the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from psycopg import sql

from regulars import customers, definitions, log, privacy, segments
from regulars.access import SYSTEM, Actor
from regulars.app import App
from regulars.conditions import (
    EVERYBODY,
    All,
    Any,
    Bucket,
    Calendar,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Filter,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Last,
    LastHours,
    Measured,
    Not,
    NotFollowed,
    OrderCount,
    OrderSum,
    Returned,
    Since,
    Step,
    TraitDate,
    TraitEquals,
    TraitExists,
    TraitNumber,
)
from regulars.conditions import (
    Sequence as Steps,
)
from regulars.customers import Deciding
from regulars.db import Database, values
from regulars.kernel import RegularsError
from regulars.segments import LIFECYCLE, SEGMENT, SEGMENTATION, SegmentBody
from regulars.segments.looking import differing
from regulars.segments.plan import plan_of
from regulars.segments.writing import hold_state
from regulars.settings import read_settings
from regulars.wiring import FOLLOW

START = datetime(2026, 3, 25, 9, tzinfo=UTC)  # Before clocks change in Berlin.
OFFICER = Actor(person_id=None, name="Pia Privacy", level=5, function="privacy", scope=None, via="console")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def viewed(number: int, days: int) -> Condition:
    return Measured(of="event", name="Product Viewed", value=number, window=Last(days=days))


CHOICES: tuple[Condition, ...] = (
    OrderCount(comparison="at_least", number=2, window=Last(days=7)),
    OrderCount(comparison="exactly", number=0),
    OrderSum(comparison="at_least", minor=3000, currency="EUR", window=Last(days=10)),
    DaysSinceLastOrder(comparison="at_least", days=3),
    DaysSinceFirstOrder(comparison="less_than", days=5),
    Returned(within_days=3, after_days=6),
    viewed(3, 2),
    Not(condition=viewed(1, 4)),
    Measured(of="event", name="Product Viewed", value=2, window=LastHours(hours=30)),
    Measured(
        of="event",
        name="Product Viewed",
        where=(Filter(property="category", value="tea"),),
        window=Calendar(unit="day"),
    ),
    Measured(of="event", name="Product Viewed", figure="days_since_last", comparison="at_most", value=1.5),
    Measured(of="order", figure="sum", property="net_minor", comparison="more_than", value=2500,
             where=(Filter(property="currency", value="EUR"),), window=Last(days=5)),
    Measured(of="event", window=Last(days=1), value=3),
    Steps(steps=(Step(name="Product Viewed"), Step(of="order")), within_hours=48, window=Last(days=6)),
    NotFollowed(first=Step(name="Cart Updated"), then=Step(of="order"), within_hours=24, window=Last(days=5)),
    TraitEquals(trait="plan", value="gold"),
    TraitNumber(trait="age", comparison="more_than", value=40),
    TraitDate(trait="renewal", how="in_next", days=3),
    All(conditions=(TraitExists(trait="plan"), Measured(of="event", name="Product Viewed", window=Since(trait="renewal")))),
    Consented(channel="email"),
    Identified(kind="email"),
    Bucket(salt="a", below=4000),
    InStage(approach="lifecycle", stages=("lapsed", "at-risk")),
    All(conditions=(InSegment(segment="guests"), OrderCount(comparison="at_least", number=1))),
    HasBeen(condition=InSegment(segment="base"), days=2),
    HasBeen(condition=TraitEquals(trait="plan", value="gold"), days=3),
    Any(conditions=(InSegment(segment="base"), viewed(2, 1))),
)  # fmt: skip


@dataclass
class Living:
    """Steps at random; `now` is where the business clock stands."""

    database: Database
    home: Path
    random: Random
    people: int = 12
    defined: Sequence[Condition] = CHOICES
    now: datetime = START
    told: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = read_settings(workspace="living", home=self.home)
        self.app = App(settings=settings, database=self.database, zone="Europe/Berlin")
        with self.database.transaction() as tx:
            log.stand(tx, self.now)
            tx.execute("update access.workspace set zone = 'Europe/Berlin'")
        self.publish(SEGMENTATION, "lifecycle", LIFECYCLE)
        self.publish(SEGMENT, "guests", SegmentBody(name="Guests", list=True))
        base = OrderCount(comparison="at_least", number=1, window=Last(days=4))
        self.publish(SEGMENT, "base", SegmentBody(name="Base", condition=base))
        for number, condition in enumerate(self.defined):
            self.publish(SEGMENT, f"s{number}", SegmentBody(name=f"S{number}", condition=condition))

    def publish(self, kind: definitions.Kind, key: str, body: object) -> str:  # type: ignore[type-arg]
        with self.database.transaction() as tx:
            kept = definitions.draft(tx, kind, key) or definitions.live(tx, kind, key)
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=self.now, etag=kept.etag if kept else None)
            done = definitions.publish(tx, SYSTEM, kind, key, at=self.now)
        assert isinstance(done, definitions.Published)
        return done.sentence

    def close(self) -> None:
        self.app.sequencer.close()

    def settle(self) -> None:
        """As an advance of the clock does it, without the timers and so without a sweep."""
        self.app.catch_up(self.now)
        while self.app.keep_segments(self.now):
            self.app.catch_up(self.now)

    def pass_time(self, by: timedelta) -> None:
        self.now += by
        with self.database.transaction() as tx:
            log.stand(tx, self.now)

    def step(self) -> None:
        deeds: Sequence[tuple[Callable[[], None], int]] = (
            (self.tell_some, 60), (self.wait, 30), (self.list_some, 6), (self.edit, 3),
            (self.merge, 3), (self.split, 2), (self.erase, 1),
        )  # fmt: skip
        deed = self.random.choices([one for one, _ in deeds], [weight for _, weight in deeds])[0]
        self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1
        deed()

    def wait(self) -> None:
        self.pass_time(self.random.choice((timedelta(minutes=7), HOUR, 5 * HOUR, DAY, 3 * DAY)))

    def tell_some(self) -> None:
        with self.database.transaction() as tx:
            log.append(tx, [self.event() for _ in range(self.random.randint(1, 6))])

    def event(self) -> log.NewEvent:
        pick, self.told = self.random, self.told + 1
        who = f"u{pick.randrange(self.people)}"
        ago = pick.choice(
            (timedelta(), timedelta(), HOUR, 26 * HOUR, 6 * DAY, -HOUR)
        )  # Or ahead of our clock.
        kind = pick.choice(("view", "view", "cart", "order", "order", "refund", "traits", "email", "consent"))
        given: dict[str, object] = {
            "name": "Product Viewed",
            "properties": {"category": pick.choice(("tea", "jam"))},
        }
        if kind == "cart":
            given = {"name": "Cart Updated"}
        elif kind == "order":
            total = pick.choice((5, 12.5, 30))
            order = {"order_id": f"o{self.told}", "currency": "EUR", "total": total}
            given = {"name": "Order Completed", "properties": order}
        elif kind == "refund":
            given = {"name": "Order Refunded", "properties": {"order_id": f"o{pick.randint(1, self.told)}"}}
        elif kind == "traits":
            renewal = f"{self.now + pick.randint(-3, 6) * DAY:%Y-%m-%d}"
            traits = {
                "plan": pick.choice(("gold", "tin", None)),
                "age": pick.randint(30, 50),
                "renewal": renewal,
            }
            given = {"type": "identify", "name": "identify", "properties": traits}
        elif kind == "email":
            given = {"type": "identify", "name": "identify", "properties": {"email": f"{who}@example.org"}}
        elif kind == "consent":
            name = pick.choice(("Consent Given", "Consent Withdrawn"))
            given = {"name": name, "properties": {"channel": "email", "source": "shop"}}
        return log.NewEvent(
            source="shop",
            message_id=f"m{self.told}",
            user_id=who,
            occurred_at=self.now - ago,
            history=pick.random() < 0.1,
            **given,  # type: ignore[arg-type]
        )

    def list_some(self) -> None:
        chosen = self.random.sample(self.everybody(), k=min(3, len(self.everybody())))
        with self.database.transaction() as tx:
            if self.random.random() < 0.6:
                segments.add_to_list(tx, SYSTEM, "guests", chosen, at=self.now)
            else:
                segments.remove_from_list(tx, SYSTEM, "guests", chosen, at=self.now)

    def edit(self) -> None:
        number = self.random.randrange(len(CHOICES))
        condition = self.random.choice(CHOICES)
        if self.random.random() < 0.2 and number:
            condition = EVERYBODY
        self.publish(SEGMENT, f"s{number}", SegmentBody(name=f"S{number}", condition=condition))

    def merge(self) -> None:
        people = self.everybody()
        if len(people) > 1:
            one, other = self.random.sample(people, k=2)
            self.decide(lambda tx, by: customers.merge(tx, by, one, other))

    def split(self) -> None:
        query = sql.SQL(
            "select array_agg(customer_id) from customers.fact_person group by person_id having count(*) > 1"
        )
        with self.database.transaction() as tx:
            wholes = values(tx, query)
        if wholes:
            whole = sorted(self.random.choice(wholes))
            self.decide(lambda tx, by: customers.split(tx, by, whole[0], [self.random.choice(whole[1:])]))

    def decide(self, deed: Callable[..., object]) -> None:
        try:
            with self.database.transaction() as tx:
                deed(tx, Deciding(actor=SYSTEM, at=self.now, follow=FOLLOW))
        except RegularsError:
            self.done["refused"] = self.done.get("refused", 0) + 1

    def erase(self) -> None:
        people = self.everybody()
        if len(people) < 5 or self.done.get("erased", 0) >= 3:
            return
        self.done["erased"] = self.done.get("erased", 0) + 1
        with self.database.transaction() as tx:
            made = privacy.start_erasure(tx, OFFICER, self.random.choice(people), at=self.now)
        self.app.eraser.run(made.erasure_id, lambda *_: None)

    def everybody(self) -> list[int]:
        with self.database.transaction() as tx:
            return values(tx, sql.SQL("select customer_id from customers.fact_customer order by 1"))

    def differences(self) -> list[str]:
        """What a full computation would have otherwise, and what contradicts itself; changes nothing."""
        with self.database.transaction() as tx:
            customers.hold(tx)
            plan = plan_of(tx, hold_state(tx).generation)
            assert all(unit.is_counted for unit in plan.units)
            found = differing(tx, plan, plan.counted, self.now)
            keys = plan.by_segment
            odd = values(tx, COUNTED_WRONG) + values(tx, NO_LONGER)
            tx.execute("rollback")
        return [
            f"{keys[one.segment_id]}: {one.customer_id} {'in' if one.came else 'out'}" for one in found
        ] + odd


COUNTED_WRONG = sql.SQL(
    "select segment_key || ' is counted as ' || members from segments.segment where members <> ("
    "select count(*) from segments.membership where membership.segment_id = segment.segment_id and left_at is null)"
)
NO_LONGER = sql.SQL(
    "select segment_id || ' has ' || customer_id || ', who is nobody' from segments.membership "
    "where left_at is null and customer_id not in (select customer_id from customers.fact_customer)"
)
