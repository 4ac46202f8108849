"""What keeps memberships stays within bounds: of steps, of statements, of who is asked again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from time import sleep

import pytest
from psycopg import sql
from psycopg.errors import LockNotAvailable

from regulars import customers, definitions, log, privacy, segments
from regulars.access import SYSTEM
from regulars.conditions import (
    EVERYBODY,
    Any,
    Calendar,
    Condition,
    HasBeen,
    InSegment,
    Last,
    Measured,
    TraitEquals,
)
from regulars.db import Database, run, value, values
from regulars.kernel import Invalid
from regulars.segments import (
    SCORINGS,
    SEGMENT,
    SEGMENTATION,
    SegmentationBody,
    SegmentBody,
    Stage,
    putting_off,
    recomputing,
    wake_due,
    whole,
    whole_answer,
)
from regulars.segments.concerning import Concern
from regulars.segments.looking import chunks, differing
from regulars.segments.plan import Plan, Unit
from regulars.segments.scores import begin
from regulars.segments.writing import hold_state
from tests.integration.segments.living import DAY, HOUR, OFFICER, Living

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
    concern = Concern(
        events=frozenset(),
        orders=False,
        traits=frozenset(),
        sources=frozenset(),
        catalogue=False,
        nightly=False,
    )
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


def test_why_is_answered_in_the_zone_of_the_workspace(living: Living) -> None:
    today = Measured(of="event", name="Product Viewed", window=Calendar(unit="day"))
    living.publish(SEGMENT, "today", body(today))
    late = living.now.replace(hour=23, minute=30) - DAY  # Half past midnight in Berlin.
    view = log.NewEvent(source="shop", message_id="v", name="Product Viewed", user_id="a", occurred_at=late)
    with living.database.transaction() as tx:
        log.append(tx, [view])
    living.settle()

    (who,) = living.everybody()
    with living.database.transaction() as tx:
        assert [one.customer_id for one in segments.members(tx, "today").items] == [who]
        assert segments.why(tx, "today", who, living.now).is_in


def test_what_is_told_while_everybody_is_asked_is_caught_up_with_in_steps(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    with living.database.transaction() as tx:
        log.append(tx, [tell_plan(living, f"u{n}", "tin") for n in range(8)])
    living.settle()
    gold = TraitEquals(trait="plan", value="gold")
    everybody = living.everybody()
    answered: list[int] = []

    def answering(*given: object) -> whole.WholeAnswer:
        answer = whole_answer.whole_answer(*given)  # type: ignore[arg-type]
        if not answered:
            with living.database.transaction() as tx:
                log.append(tx, [tell_plan(living, f"u{n}", "gold") for n in range(6)])
                segments.add_to_list(tx, SYSTEM, "new", everybody[:3], at=living.now)
            living.app.catch_up(living.now)
        answered.append(len(answer.members))
        return answer

    monkeypatch.setattr(whole, "whole_answer", answering)
    monkeypatch.setattr(whole, "LOOK", 2)
    monkeypatch.setattr(recomputing, "LARGE", 0)
    living.publish(SEGMENT, "gold", body(gold))
    living.publish(SEGMENT, "new", SegmentBody(name="New", list=True))
    living.publish(SEGMENT, "both", body(Any(conditions=(gold, InSegment(segment="new")))))

    monkeypatch.setattr(putting_off, "BACKLOG", -1)
    assert not segments.ask_put_off(living.database, living.app.lake, living.now)
    assert answered == [], "The reader is still behind."
    monkeypatch.setattr(putting_off, "BACKLOG", 0)
    assert segments.ask_put_off(living.database, living.app.lake, living.now)

    with living.database.transaction() as tx:
        sizes = {one.key: one.members for one in segments.sizes(tx)}
    assert len(answered) == 1
    assert (sizes["gold"], sizes["new"], sizes["both"]) == (6, 3, 6)
    living.settle()
    assert living.differences() == []


def test_who_is_erased_while_everybody_is_scored_has_no_score(living: Living) -> None:
    bought = {"order_id": "o", "currency": "USD", "total": 5}
    told = [
        log.NewEvent(
            source="shop", message_id=f"o{n}", name="Order Completed", user_id=f"u{n}",
            occurred_at=living.now - DAY, properties={**bought, "order_id": f"o{n}"},
        )
        for n in range(3)
    ]  # fmt: skip
    with living.database.transaction() as tx:
        log.append(tx, told)
    living.settle()
    gone = living.everybody()[0]

    with living.database.transaction() as tx:
        made = privacy.start_erasure(tx, OFFICER, gone, at=living.now)
    with living.database.transaction() as tx:
        assert begin(tx, "rfm", SCORINGS["rfm"], living.now) == 3
        # An erasure begins so.
        with pytest.raises(LockNotAvailable), living.database.transaction() as other:
            other.execute("set local lock_timeout = '200ms'")
            customers.hold_alone(other)
    living.app.eraser.run(made.erasure_id, lambda *_: None)

    with living.database.transaction() as tx:
        scored = values(tx, sql.SQL("select distinct customer_id from segments.score order by 1"))
    assert len(scored) == 2
    assert gone not in scored


def test_the_nightly_end_of_entries_and_who_changes_a_list_take_turns(living: Living) -> None:
    with living.database.transaction() as tx:
        log.append(tx, [tell_plan(living, who, "tin") for who in "abc"])
    living.settle()
    people = living.everybody()
    with living.database.transaction() as tx:
        segments.add_to_list(tx, SYSTEM, "guests", people, at=living.now, until=living.now + HOUR)

    def end() -> int:
        with living.database.transaction() as tx:
            return segments.end_due_entries(tx, living.now + DAY)

    with ThreadPoolExecutor(1) as pool:
        with living.database.transaction() as tx:
            customers.hold(tx)
            hold_state(tx)
            ending = pool.submit(end)
            sleep(0.5)
            segments.remove_from_list(tx, SYSTEM, "guests", people[:1], at=living.now)
        assert ending.result(30) == 2
