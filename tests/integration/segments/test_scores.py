"""Scores of customers, night by night, and the approaches that stand on them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from regulars import customers, definitions, log, segments
from regulars.access import SYSTEM
from regulars.conditions import matching
from regulars.db import Database, value
from regulars.segments import APPROACHES, SCORING, SCORINGS, SEGMENTATION
from regulars.wiring import READERS

AT = datetime(2025, 6, 2, 5, tzinfo=UTC)
DAY = timedelta(days=1)


class Shop:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequencer = log.Sequencer(database, customers.resolve)
        self.runners = [log.ReaderRunner(database, reader) for reader in READERS]
        self.told: list[log.NewEvent] = []

    def buys(self, user_id: str, at: datetime, total: float = 1, currency: str = "USD") -> None:
        number = len(self.told)
        properties = {"order_id": f"o{number}", "currency": currency, "total": total}
        self.told.append(
            log.NewEvent(
                message_id=f"m{number}",
                name="Order Completed",
                user_id=user_id,
                occurred_at=at,
                properties=properties,
            )
        )

    def catch_up(self, at: datetime = AT) -> None:
        with self.database.transaction() as tx:
            log.append(tx, self.told)
        log.catch_up(self.database, self.sequencer, self.runners, at)

    def publish(self, kind: definitions.Kind, key: str, body: object, at: datetime = AT) -> None:
        with self.database.transaction() as tx:
            kept = definitions.draft(tx, kind, key) or definitions.live(tx, kind, key)
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=at, etag=kept.etag if kept else None)
            definitions.publish(tx, SYSTEM, kind, key, at=at)
        log.catch_up(self.database, self.sequencer, self.runners, at)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def test_equal_values_stand_in_one_fifth_and_nobody_is_scored_without_an_order(shop: Shop) -> None:
    for number in range(10):
        # Five buy once and long ago, five often and lately; all bring 4 a head.
        times = 1 if number < 5 else 4
        for nth in range(times):
            shop.buys(f"u{number}", AT - DAY * (100 if number < 5 else 3 + nth), total=4 / times)
    shop.buys("euro", AT - DAY, currency="EUR")
    shop.buys("earlier", AT - 500 * DAY)
    shop.catch_up()

    shop.publish(SCORING, "rfm", SCORINGS["rfm"])

    with shop.database.transaction() as tx:
        found = segments.totals(tx, "rfm", AT)
    assert [(one.recency, one.frequency, one.monetary, one.customers) for one in found] == [
        (1, 1, 1, 5),
        (3, 3, 1, 5),
    ]
    assert [(one.group_key, one.orders, one.value_minor) for one in found] == [
        ("lost", 5, 2000),
        ("need-attention", 20, 2000),
    ]


def test_an_approach_of_scores_is_kept_over_time_compared_and_has_its_migrations(  # noqa: PLR0915 - one story
    shop: Shop,
) -> None:
    for number in range(40):
        for week in range(0, 60 if number < 20 else 6, 1 + number % 5):
            # Half of them stay away since half a year; the first ones bring more.
            at = AT - timedelta(weeks=week if number < 20 else 40 + week, hours=number)
            shop.buys(f"u{number}", at, total=100 - 2 * number)
    shop.buys("never-scored", AT - 600 * DAY)
    shop.catch_up()

    for key in ("rfm", "value-tiers", "clusters"):
        shop.publish(SCORING, key, SCORINGS[key])
        shop.publish(SEGMENTATION, key, APPROACHES[key])
    shop.publish(SEGMENTATION, "buying", APPROACHES["buying"])
    with shop.database.transaction() as tx:
        segments.count_figures(tx, AT)
        figures = {one.key: one for one in segments.approach_figures(tx)}
        moved = segments.migration(tx, "rfm", AT - 90 * DAY, AT, zone="UTC")
        too_early = segments.migration(tx, "rfm", AT - 900 * DAY, AT, zone="UTC")
        worked_out = segments.migration(tx, "buying", AT - 300 * DAY, AT, zone="UTC")
        sizes = {size.key: size.members for size in segments.sizes(tx)}
        clusters = segments.fitted(tx, "clusters")
        first = segments.first_scored(tx, "rfm")

    assert set(figures) == {"rfm", "value-tiers", "clusters", "buying"}
    assert all(one.customers == 41 for one in figures.values())
    assert sizes["rfm.no-purchase"] == 1
    assert sizes["value-tiers.top-5"] == 2
    assert sizes["value-tiers.top-20"] == 6
    assert sizes["value-tiers.others"] == 20
    assert sum(count for key, count in sizes.items() if key.startswith("clusters.cluster-")) == 40
    rfm, tiers, buying = figures["rfm"], figures["value-tiers"], figures["buying"]
    assert rfm.separates is not None
    assert tiers.separates is not None
    assert buying.separates is not None
    assert 0 < buying.separates < tiers.separates <= 1
    assert first == AT - 360 * DAY
    assert moved is not None
    assert sum(one.customers for one in moved.moved) == 41
    assert moved.how == "from scores that were kept"
    assert too_early is None
    assert worked_out is not None
    assert worked_out.how == "worked out from what happened before"
    assert {one.before for one in worked_out.moved} >= {1, 2, 3}
    assert clusters is not None
    assert len(clusters.centres) == 5
    assert len(segments.words_of_centres(clusters)) == 5

    later = AT + 120 * DAY
    with shop.database.transaction() as tx:
        segments.score_everybody(tx, later)
        was_scored = segments.totals(tx, "rfm", AT)
        then = segments.totals(tx, "rfm", later)
        champions = matching(tx, APPROACHES["rfm"].stages[0].condition, later)
        sizes_then = {size.key: size.members for size in segments.sizes(tx)}
        seen = segments.migration(tx, "rfm", AT, later, zone="UTC")
    assert was_scored[0].at == AT
    assert {one.at for one in then} == {later}
    assert sum(one.customers for one in was_scored) == 40
    assert sum(one.customers for one in then) < 40
    assert sizes_then["rfm.champions"] == len(champions)
    assert sum(count for key, count in sizes_then.items() if key.startswith("rfm.")) == 41
    assert seen is not None
    assert seen.how == "as it was seen"
    assert sum(one.customers for one in seen.moved) == 41


def test_other_settings_begin_anew_and_the_same_keep_the_past(shop: Shop) -> None:
    for number in range(12):
        shop.buys(f"u{number}", AT - number * 20 * DAY, total=1 + number)
    shop.catch_up()
    body = SCORINGS["rfm"]

    shop.publish(SCORING, "rfm", body)
    with shop.database.transaction() as tx:
        before = segments.totals_over_time(tx, "rfm")
    shop.publish(SCORING, "rfm", type(body)(name="Renamed", method="rfm", currency="USD"), AT + DAY)
    with shop.database.transaction() as tx:
        renamed = segments.totals_over_time(tx, "rfm")
    shop.publish(
        SCORING,
        "rfm",
        type(body)(name="Other", method="rfm", currency="USD", look_back_days=90),
        AT + 2 * DAY,
    )
    with shop.database.transaction() as tx:
        other = segments.totals_over_time(tx, "rfm")
        definitions.archive(tx, SYSTEM, SCORING, "rfm", at=AT + 3 * DAY)
        gone = matching(tx, APPROACHES["rfm"].stages[0].condition, AT + 3 * DAY)

    assert len({one.at for one in before}) == 8
    assert renamed[: len(before)] == before
    assert len({one.at for one in renamed}) == 9
    assert {one.at for one in other}.isdisjoint({one.at for one in before})
    assert gone == []


def test_the_past_of_scores_is_kept_three_years_and_is_whole_from_its_first_instant(shop: Shop) -> None:
    for number in range(6):
        for month in range(0, 20, 1 + number):
            shop.buys(f"u{number}", AT - month * 30 * DAY, total=1 + number)
    shop.catch_up()
    shop.publish(SCORING, "rfm", SCORINGS["rfm"])
    held = sql.SQL("select count(*) from segments.fact_score where until is not null")
    later = AT + timedelta(days=1_096 - 100)
    with shop.database.transaction() as tx:
        segments.score_everybody(tx, AT + 30 * DAY)
        before = value(tx, held)
        then = segments.totals(tx, "rfm", AT - 90 * DAY)

        segments.score_everybody(tx, later)

        first = segments.first_scored(tx, "rfm")
        scored = sql.SQL(
            "select count(*) from segments.fact_score where since <= %(at)s and (until is null or until > %(at)s)"
        )
        whole = value(tx, scored, at=first)
    assert first == AT - 90 * DAY  # A hundred days before, nothing is known any more.
    assert value_of(then) == whole
    with shop.database.transaction() as tx:
        assert value(tx, held) < before + 6
        assert segments.totals(tx, "rfm", AT - 120 * DAY) == []
        segments.score_everybody(tx, later + 2_000 * DAY)
        assert segments.first_scored(tx, "rfm") is None
        assert value(tx, held) == 0


def value_of(found: list[segments.ScoreTotal]) -> int:
    return sum(one.customers for one in found)
