"""Segments and stages, published, refreshed and asked about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from regulars import customers, definitions, log, segments
from regulars.access import SYSTEM
from regulars.conditions import EVERYBODY, Last, OrderCount, TraitExists
from regulars.db import Database, values
from regulars.kernel import Invalid, NotFound
from regulars.segments import LIFECYCLE, SEGMENT, SEGMENTATION, STAGE_SEGMENTS, SegmentBody
from regulars.wiring import READERS

AT = datetime(2025, 3, 3, 5, tzinfo=UTC)
WEEK = timedelta(weeks=1)
WEEKLY = SegmentBody(
    name="Weekly", condition=OrderCount(comparison="at_least", number=1, window=Last(days=7))
)


class Shop:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequencer = log.Sequencer(database, customers.resolve)
        self.runners = [log.ReaderRunner(database, reader) for reader in READERS]
        self.told = 0

    def buys(self, user_id: str, *at: datetime) -> None:
        for moment in at:
            self.told += 1
            properties = {"order_id": f"o{self.told}", "currency": "USD", "total": 1}
            self.tell("Order Completed", user_id, moment, properties)

    def tell(
        self, name: str, user_id: str, at: datetime, properties: dict[str, object] | None = None
    ) -> None:
        self.told += 1
        event = log.NewEvent(
            message_id=f"m{self.told}",
            name=name,
            user_id=user_id,
            occurred_at=at,
            properties=properties or {},
        )
        with self.database.transaction() as tx:
            log.append(tx, [event])

    def publish(self, kind: definitions.Kind, key: str, body: object, at: datetime = AT) -> None:
        with self.database.transaction() as tx:
            kept = definitions.draft(tx, kind, key) or definitions.live(tx, kind, key)
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=at, etag=kept.etag if kept else None)
            definitions.publish(tx, SYSTEM, kind, key, at=at)

    def refresh(self, at: datetime) -> segments.Changes:
        log.catch_up(self.database, self.sequencer, self.runners, at)
        with self.database.transaction() as tx:
            changes = segments.refresh(tx, at)
        log.catch_up(self.database, self.sequencer, self.runners, at)
        return changes

    def id(self, user_id: str) -> int:
        with self.database.transaction() as tx:
            found = customers.find(tx, "user_id", user_id)
        assert found is not None
        return found

    def sizes(self) -> dict[str, int]:
        with self.database.transaction() as tx:
            return {size.key: size.members for size in segments.sizes(tx)}

    def stage(self, user_id: str) -> str | None:
        with self.database.transaction() as tx:
            stays = segments.stays(tx, self.id(user_id))
        (present,) = [stay for stay in stays if stay.approach == "lifecycle" and stay.left_at is None]
        return present.stage

    def events(self) -> list[tuple[str, str, bool]]:
        query = sql.SQL(
            "select name || ' ' || (properties ->> 'segment') || case when history then ' of old' else '' end "
            "from log.fact_event where starts_with(name, 'regulars.segments.') order by position"
        )
        with self.database.transaction() as tx:
            return values(tx, query)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def test_only_differences_are_written_and_told(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=1))
    shop.buys("b", AT + timedelta(days=3))
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)

    first, again, next_week = shop.refresh(AT), shop.refresh(AT), shop.refresh(AT + WEEK)

    assert (first.entered, first.departed) == ({}, {})  # The reader was there before.
    assert (again.entered, again.departed) == ({}, {})
    assert (next_week.entered, next_week.departed) == ({"weekly": 1}, {"weekly": 1})
    assert shop.events() == [
        "regulars.segments.entered weekly",
        "regulars.segments.left weekly",
        "regulars.segments.entered weekly",
    ]


def test_the_first_members_of_a_segment_are_no_news(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=1))
    shop.refresh(AT)

    shop.publish(SEGMENT, "weekly", WEEKLY)
    shop.refresh(AT)

    assert shop.events() == ["regulars.segments.entered weekly of old"]


def test_history_says_who_was_in_when_from_entering_until_before_leaving(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=1))
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.refresh(AT)
    shop.refresh(AT + WEEK)
    a = shop.id("a")

    with shop.database.transaction() as tx:
        was = [
            segments.was_member(tx, "weekly", a, at)
            for at in (AT - timedelta(microseconds=1), AT, AT + WEEK - timedelta(microseconds=1), AT + WEEK)
        ]
        sizes = segments.size_over_time(tx, "weekly")

    assert was == [False, True, True, False]
    assert [(size.at, size.members, size.entered, size.departed) for size in sizes] == [
        (AT - WEEK, 0, 0, 0),
        (AT, 1, 1, 0),
        (AT + WEEK, 0, 0, 1),
    ]


def test_everybody_is_in_exactly_one_stage_through_a_whole_life(shop: Shop) -> None:
    day = timedelta(days=1)
    shop.tell("Page Viewed", "a", AT)
    shop.publish(SEGMENTATION, "lifecycle", LIFECYCLE)
    shop.buys("a", *(AT + n * day for n in (7, 14, 30, 40)))
    shop.buys("a", *(AT + n * day for n in range(120, 200, 4)))
    seen = []
    for week in range(33):
        shop.refresh(AT + week * WEEK)
        stage = shop.stage("a")
        if not seen or seen[-1] != stage:
            seen.append(stage)

    assert seen == [
        "prospect", "new", "active", "at-risk", "lapsed", "won-back", "active", "loyal", "at-risk",
    ]  # fmt: skip
    with shop.database.transaction() as tx:
        assert len({stay.entered_at for stay in segments.stays(tx, shop.id("a"))}) == len(seen)


def test_a_stage_is_a_segment_under_its_own_key_too(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=1))
    shop.publish(SEGMENTATION, "lifecycle", LIFECYCLE)
    for key, body in STAGE_SEGMENTS.items():
        shop.publish(SEGMENT, key, body)

    shop.refresh(AT)

    sizes = shop.sizes()
    assert sizes["new"] == sizes["lifecycle.new"] == 1
    assert sum(sizes[key] for key in STAGE_SEGMENTS) == 1
    with shop.database.transaction() as tx:
        assert [m.customer_id for m in segments.members(tx, "new").items] == [shop.id("a")]
        query = sql.SQL("select segment_key from segments.fact_membership where left_at is null order by 1")
        assert values(tx, query) == ["lifecycle.new", "new"]


def test_why_gives_each_rule_up_to_the_first_that_holds(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=30))
    shop.publish(SEGMENTATION, "lifecycle", LIFECYCLE)
    shop.publish(SEGMENT, "weekly", WEEKLY)
    shop.refresh(AT)

    with shop.database.transaction() as tx:
        stage = segments.why(tx, "lifecycle.at-risk", shop.id("a"), AT)
        other = segments.why(tx, "lifecycle.loyal", shop.id("a"), AT)
        weekly = segments.why(tx, "weekly", shop.id("a"), AT)

    assert (stage.is_in, other.is_in, weekly.is_in) == (True, False, False)
    assert [(part.holds, part.figure) for part in stage.parts] == [
        (False, "1 order"),
        (False, "30.0 days ago"),
        (False, "30.0 days ago"),
        (True, "30.0 days ago"),
    ]
    assert [(part.sentence, part.figure) for part in weekly.parts] == [
        ("bought in the last 7 days", "0 orders")
    ]


def test_an_edit_re_evaluates_at_once_and_an_archived_segment_is_left_by_all(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=10))
    shop.refresh(AT)
    shop.publish(SEGMENT, "weekly", WEEKLY)
    assert shop.sizes() == {"weekly": 0}

    shop.publish(SEGMENT, "weekly", SegmentBody(name="All", condition=EVERYBODY))
    assert shop.sizes() == {"weekly": 1}

    with shop.database.transaction() as tx:
        definitions.archive(tx, SYSTEM, SEGMENT, "weekly", at=AT)
        with pytest.raises(NotFound):
            segments.members(tx, "weekly")
    assert shop.sizes() == {}


def test_a_preview_says_who_matches_enters_and_leaves(shop: Shop) -> None:
    shop.buys("a", AT - timedelta(days=1))
    shop.buys("b", AT - timedelta(days=10))
    shop.refresh(AT)
    shop.publish(SEGMENT, "weekly", WEEKLY)
    wider = OrderCount(comparison="exactly", number=1, window=Last(days=14))

    with shop.database.transaction() as tx:
        body = SegmentBody(name="Fortnight", condition=wider)
        shift = segments.shift_of(tx, "weekly", body, AT)
        none = segments.shift_of(tx, "weekly", SegmentBody(name="x", condition=TraitExists(trait="x")), AT)
        kept = definitions.save_draft(tx, SYSTEM, SEGMENTATION, "lifecycle", LIFECYCLE, at=AT)
        shown = definitions.preview(tx, SEGMENTATION, kept, AT)

    assert (shift.members, shift.entering, shift.leaving) == (2, 1, 0)
    assert (none.members, none.entering, none.leaving) == (0, 0, 1)
    assert dict(shown.facts)["New"] == "2"


def test_a_refresh_before_the_last_one_counts_as_the_last(shop: Shop) -> None:
    shop.publish(SEGMENT, "everybody", SegmentBody(name="All", condition=EVERYBODY))
    shop.buys("a", AT)
    shop.refresh(AT)

    assert shop.refresh(AT - WEEK).at == AT


@pytest.mark.parametrize(
    ("kind", "body", "paths"),
    [
        (SEGMENT, {"name": "x"}, ["condition"]),
        (SEGMENT, {"name": "x", "approach": "lifecycle", "stage": "nowhere"}, ["stage"]),
        (
            SEGMENT,
            {"name": "x", "condition": {"is": "any", "conditions": [{"is": "trait_exists", "trait": ""}]}},
            ["condition.conditions[0].trait"],
        ),
        (
            SEGMENTATION,
            {
                "name": "x",
                "stages": [{"key": "a", "name": "A", "condition": {"is": "trait_exists", "trait": "x"}}] * 2,
            },
            ["stages[1].key", "stages"],
        ),
        (SEGMENTATION, {"name": "x", "stages": []}, ["stages"]),
    ],
)
def test_what_cannot_be_published_says_where_it_is_wrong(
    shop: Shop, kind: definitions.Kind, body: dict[str, object], paths: list[str]
) -> None:
    shop.publish(SEGMENTATION, "lifecycle", LIFECYCLE)

    with pytest.raises(Invalid) as caught:
        shop.publish(kind, "wrong", body)

    assert [finding.path for finding in caught.value.findings] == paths
