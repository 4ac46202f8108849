"""What keeps memberships stays within bounds: of steps, of statements, of who is asked again."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from psycopg import sql

from regulars import definitions, log, segments
from regulars.access import SYSTEM
from regulars.conditions import EVERYBODY, Any, Condition, HasBeen, InSegment, Last, Measured, TraitEquals
from regulars.db import Database, run, value
from regulars.kernel import Invalid
from regulars.segments import SEGMENT, SEGMENTATION, SegmentationBody, SegmentBody, Stage, wake_due
from regulars.segments.concerning import Concern
from regulars.segments.looking import chunks, differing
from regulars.segments.plan import Plan, Unit
from tests.integration.segments.living import DAY, HOUR, Living

HOPS = sql.SQL("select max(hops) from log.fact_event where starts_with(name, 'regulars.segments.')")
PLANS = ("gold", "tin")


@pytest.fixture
def living(database: Database, tmp_path: Path) -> Iterator[Living]:
    made = Living(database, tmp_path, Random(1), defined=())
    yield made
    made.close()


def tell_plan(living: Living, who: str, plan: str) -> log.NewEvent:
    living.told += 1
    return log.NewEvent(
        source="shop", message_id=f"m{living.told}", type="identify", name="identify", user_id=who,
        occurred_at=living.now, properties={"plan": plan},
    )  # fmt: skip


def body(condition: Condition) -> SegmentBody:
    return SegmentBody(name="Some", condition=condition)


def test_steady_traffic_of_two_customers_does_not_add_up_to_a_chain(living: Living) -> None:
    living.publish(SEGMENT, "gold", body(TraitEquals(trait="plan", value="gold")))
    # Asks stays: of whoever came or went, this is asked.
    living.publish(SEGMENT, "long", body(HasBeen(condition=InSegment(segment="gold"), days=1)))
    living.settle()
    keeping = next(one for one in living.app.runners if one.reader is segments.READER)
    others = [one for one in living.app.runners if one is not keeping]

    for number in range(40):
        living.pass_time(HOUR)
        with living.database.transaction() as tx:
            log.append(tx, [tell_plan(living, who, PLANS[(number + n) % 2]) for n, who in enumerate("ab")])
        while living.app.sequencer.run_once(living.now):
            pass
        while sum(one.run_once() for one in others):
            pass
        keeping.run_once()  # What it tells now comes together with what is told next.

    with living.database.transaction() as tx:
        assert value(tx, HOPS) <= 3
    living.settle()
    assert living.differences() == []


def test_when_the_last_segment_is_retired_nobody_is_woken_for_ever(living: Living) -> None:
    with living.database.transaction() as tx:
        run(
            tx,
            sql.SQL("insert into segments.wake select n, %(at)s from generate_series(1, 1500) as n"),
            at=living.now,
        )
        for kind, key in ((SEGMENT, "base"), (SEGMENT, "guests"), (SEGMENTATION, "lifecycle")):
            definitions.archive(tx, SYSTEM, kind, key, at=living.now)

    assert wake_due(living.database, living.now + DAY) == 0
    with living.database.transaction() as tx:
        segments.sweep(tx, living.now + DAY)
        assert segments.freshness(tx, living.now + DAY).due == 0


def asking(first: int, most: int) -> Condition:
    """As many questions, none of which anybody else asks."""
    return Any(
        conditions=tuple(
            Measured(of="event", name=f"E{number}", figure="average", property="value", window=Last(days=3))
            for number in range(first, first + most)
        )
    )


def test_many_large_segments_are_asked_in_as_many_statements_as_they_need(living: Living) -> None:
    with living.database.transaction() as tx:
        log.append(tx, [tell_plan(living, "a", "gold")])
    living.settle()
    stages = tuple(Stage(key=f"s{n}", name=f"S{n}", condition=asking(60 * n, 60)) for n in range(6))
    last = Stage(key="rest", name="Rest", condition=EVERYBODY)
    living.publish(SEGMENTATION, "large", SegmentationBody(name="Large", stages=(*stages, last)))
    concern = Concern(events=frozenset(), orders=False, traits=frozenset(), nightly=False)
    units = tuple(
        Unit(
            name=f"segment/s{n}", keys=(f"s{n}",), segment_ids=(1_000 + n,), conditions=(asking(1_000 + 4 * n, 4),),
            uses=frozenset(), concern=concern, is_counted=True,
        )
        for n in range(200)
    )  # fmt: skip

    with living.database.transaction() as tx:
        segments.refresh(tx, living.now)
        sizes = {one.key: one.members for one in segments.sizes(tx)}
        assert differing(tx, Plan(zone="UTC", units=units), units, living.now) == []
    assert sizes["large.rest"] == 1
    assert 1 < len(list(chunks(units))) < 4

    stages = tuple(Stage(key=f"s{n}", name=f"S{n}", condition=asking(200 * n, 200)) for n in range(3))
    with pytest.raises(Invalid) as refused:
        living.publish(SEGMENTATION, "larger", SegmentationBody(name="Larger", stages=(*stages, last)))
    assert {one.code for one in refused.value.findings} == {"segments.too_many"}
