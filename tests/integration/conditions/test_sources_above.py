"""Tiers, points, messages, reach, campaigns, arms: PostgreSQL and DuckDB say the same of everybody who lived a while."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from psycopg import sql

from regulars import analytics, conditions, definitions, loyalty, segments
from regulars.access import SYSTEM
from regulars.app import App
from regulars.conditions import Condition, Filter, Measured, Reachable, sentence
from regulars.conditions.nodes import Sequence as Steps
from regulars.conditions.nodes import Step
from regulars.conditions.windows import Ahead, Last
from regulars.customers import ConsentPolicy, Statement, record
from regulars.db import Tx, drop_database, value
from regulars.messaging import Reaction, ReactionKind, react
from regulars.segments import SEGMENT, SegmentBody
from tests.conftest import TestServer
from tests.integration.api.shop import CLUB, open_shop

ASKED: tuple[Condition, ...] = (
    Measured(of="tier", where=(Filter(property="tier", value="Member"),)),
    Measured(of="tier", where=(Filter(property="number", test="at_least", value=2),)),
    Measured(of="tier", window=Last(days=66)),
    Measured(of="balance", figure="sum", property="active", value=40),
    Measured(of="balance", figure="maximum", property="owed", value=0),
    Measured(of="lot", figure="sum", property="remaining", value=30, window=Ahead(days=400)),
    Measured(of="lot", window=Ahead(days=10)),
    Measured(of="transfer", name="earn", value=2),
    Measured(of="transfer", figure="average", property="amount", value=25),
    Measured(of="message", name="sent"),
    Measured(of="message", where=(Filter(property="campaign", value="win-back"), Filter(property="topic", test="missing"))),
    Measured(of="message", name="skipped"),
    Measured(of="message", name="opened"),
    Measured(of="message", name="clicked", window=Last(days=30), where=(Filter(property="link", test="starts_with", value="https://shop"),)),
    Measured(of="message", name="clicked", comparison="at_most", value=0),
    Measured(of="message", name="machine_clicked"),
    Measured(of="message", name="bounced", where=(Filter(property="hard", value=True),)),
    Steps(steps=(Step(of="message", name="sent"), Step(of="message", name="clicked")), within_hours=24 * 90),
    Measured(of="campaign", name="held_out"),
    Measured(of="campaign", name="treated", where=(Filter(property="campaign", value="win-back"),)),
    Measured(of="campaign", name="converted"),
    Measured(of="experiment", where=(Filter(property="arm", value="held_out"),)),
    Reachable(channel="email"),
    Reachable(channel="sms"),
    Reachable(channel="push"),
    Measured(of="reach", figure="distinct", property="channel", value=3),
    Steps(steps=(Step(of="transfer", name="earn"), Step(of="message", name="sent")), within_hours=24 * 90),
)  # fmt: skip


@pytest.fixture(scope="module")
def app(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    dsn = server.clone()
    opened = open_shop(dsn, tmp_path_factory.mktemp("home")).app
    yield opened
    opened.sequencer.close()
    opened.database.close()
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def answer_messages(tx: Tx, at: datetime) -> None:
    """Let something come back of the first messages that were sent: of people, and of machines."""
    sent = tx.execute(
        "select send_id from messaging.fact_send where state = 'sent' order by 1 limit 6"
    ).fetchall()
    kinds: tuple[tuple[ReactionKind, bool], ...] = (
        ("opened", False), ("opened", True), ("clicked", False), ("clicked", True), ("bounced", False),
    )  # fmt: skip
    told = [
        Reaction(
            key=f"{send_id}:{kind}:{machine}", send_id=send_id, kind=kind, machine=machine, at=at,
            link="https://shop.example/" if kind == "clicked" else "", hard=kind == "bounced",
        )
        for n, (send_id,) in enumerate(sent)
        for kind, machine in kinds[: n + 1]
    ]  # fmt: skip
    assert len(react(tx, told)) == len(told) > 5


def test_both_engines_give_one_answer_and_one_next_change(app: App) -> None:
    with app.database.transaction() as tx:
        at = app.now(tx)
        first, second, third = conditions.matching(tx, conditions.EVERYBODY, at)[:3]
        record(tx, first, [Statement(given=False, channel="email")], at=at)
        record(tx, second, [Statement(about="pause", given=False, until=at.replace(year=at.year + 1))], at=at)
        record(tx, third, [Statement(about="processing", given=False)], at=at)
        answer_messages(tx, at)
    app.catch_up(at)
    analytics.export(app.lake)

    told = conditions.everybody(app.lake, ASKED, at, zone=app.zone, next_change=True).to_pydict()
    with app.database.transaction() as tx:
        compiled = conditions.compile_conditions(ASKED, at, zone=app.zone, next_change=True)
        theirs = {row[0]: row[1:] for row in tx.execute(compiled.query, compiled.params).fetchall()}
    place = {customer: n for n, customer in enumerate(told["customer_id"])}

    assert place.keys() == theirs.keys()
    for n, condition in enumerate(ASKED):
        ours = {customer: told[f"c{n}"][at_] for customer, at_ in place.items()}
        assert ours == {customer: row[n] for customer, row in theirs.items()}, sentence(condition)
        changes = {customer: told[f"n{n}"][at_] for customer, at_ in place.items()}
        assert changes == {customer: row[len(ASKED) + n] for customer, row in theirs.items()}, sentence(
            condition
        )
    counts = {sentence(one): sum(told[f"c{n}"]) for n, one in enumerate(ASKED)}
    some = [words for words, count in counts.items() if 0 < count < len(place)]
    assert len(some) >= 8, counts
    emailed = next(n for n, one in enumerate(ASKED) if one == Reachable(channel="email"))
    assert not any(told[f"c{emailed}"][place[one]] for one in (first, second, third))
    # The pause is over at its end, and then the email reaches them again.
    assert told[f"n{emailed}"][place[second]] == at.replace(year=at.year + 1)


def test_another_consent_policy_asks_again_whom_a_channel_reaches(app: App) -> None:
    def publish(kind: definitions.Kind[Any], key: str, body: Any) -> None:
        with app.database.transaction() as tx:
            at = app.now(tx)
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=at)
            definitions.publish(tx, SYSTEM, kind, key, at=at)

    def readers() -> int:
        with app.database.transaction() as tx:
            return len(segments.members(tx, "readers", limit=200).items)

    publish(SEGMENT, "readers", SegmentBody(name="Readers", condition=Reachable(channel="email")))
    assert readers() > 1

    policy = app.kinds.kind("consent-policy")
    publish(policy, "consent", ConsentPolicy(title="Asks first"))
    assert readers() == 0  # Nobody has agreed to anything.

    with app.database.transaction() as tx:
        at = app.now(tx)
        definitions.archive(tx, SYSTEM, policy, "consent", at=at)
    assert readers() > 1


def test_points_that_are_spent_end_a_membership_with_the_log(app: App) -> None:
    with app.database.transaction() as tx:
        at = app.now(tx)
        rich = Measured(of="balance", figure="sum", property="active", value=20)
        definitions.save_draft(tx, SYSTEM, SEGMENT, "rich", SegmentBody(name="Rich", condition=rich), at=at)
        definitions.publish(tx, SYSTEM, SEGMENT, "rich", at=at)
        before = {one.customer_id for one in segments.members(tx, "rich", limit=200).items}
        assert before
        somebody = min(before)
        loyalty.spend(tx, CLUB, somebody, 15, key="till-1", at=at).confirmed()
        assert somebody not in conditions.matching(tx, rich, at)
    app.catch_up(at)

    with app.database.transaction() as tx:
        after = {one.customer_id for one in segments.members(tx, "rich", limit=200).items}
        assert before - after == {somebody}
        assert loyalty.spend(tx, CLUB, somebody, 15, key="till-1", at=at).outcome == "posted"
    app.catch_up(at)
    with app.database.transaction() as tx:
        told = sql.SQL("select count(*) from log.fact_event where name = 'regulars.loyalty.points_changed'")
        assert value(tx, told) == 1  # The same id again tells nothing more.
