"""Consent at the moment of sending: each refusal with its reason, the same as was said before the launch."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from psycopg import sql

from regulars import customers, log
from regulars.customers import CONSENT_POLICY, ConsentPolicy, Statement, Topic
from regulars.db import values
from regulars.messaging import (
    REASONS,
    Sender,
    SourceName,
    Subject,
    answer,
    carry_on,
    enqueue,
    messages,
    open_source,
    suppress,
    tracking_allowed,
    unreachable,
)
from regulars.templates import TEMPLATE, Template
from tests.integration.messaging.given import AT, add_customers, add_numbered, publish, treat

DAY = timedelta(days=1)
POLICY = ConsentPolicy(
    title="Ours",
    topics=(
        Topic(key="news", title="News"),
        Topic(key="tips", title="Tips", basis="legitimate_interest"),
        Topic(key="orders", title="Orders", basis="contract"),
    ),
)
NO_MAIL = Statement(given=False, channel="email")
NEWS = Statement(given=True, channel="email", topic="news")
SAID = {
    "agrees": [NEWS, Statement(given=True, channel="tracking")],
    "silent": [],
    "left": [NO_MAIL],
    "off": [Statement(given=False, channel="email", topic="news")],
    "held": [NEWS, Statement(about="processing", given=False)],
    "objects": [NEWS, Statement(about="profiling", given=False)],
    "rests": [NEWS, Statement(about="pause", given=False, until=AT + 3 * DAY)],
    "sparing": [NEWS, Statement(about="frequency", given=False, every_days=7)],
    "shut": [NEWS],
}
REFUSED = {
    "silent": "no_consent",
    "left": "channel_opt_out",
    "off": "topic_opt_out",
    "held": "restricted",
    "objects": "profiling_objected",
    "rests": "paused",
    "shut": "suppressed",
}


def given_people(database):
    with database.transaction() as tx:
        publish(tx, CONSENT_POLICY, "consent", POLICY)
        publish(
            tx,
            TEMPLATE,
            "hello",
            Template(title="Hello", subject="Hello", text="Hello {{ unsubscribe_url }}", topic="news"),
        )
        ids = dict(zip(SAID, add_customers(tx, [(n, f"{n}@example.invalid") for n in SAID]), strict=True))
        suppress(tx, ["SHUT@example.invalid"], reason="complaint", at=AT)
        for name, said in SAID.items():
            if said:
                customers.record(tx, ids[name], said, at=AT - DAY)
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, customers.reader())], AT)
    sequencer.close()
    return ids


def send(database, ids, key, at, arm="treated", **about):
    with database.transaction() as tx:
        name = SourceName(kind="campaign", key=key, version=1)
        source = open_source(
            tx, name, channel="recording", template_key="hello", template_version=1, at=at, **about
        )
        enqueue(tx, source, dict.fromkeys(ids.values(), arm), at=at)
    carry_on(database, Sender(), name, at=at)
    with database.transaction() as tx:
        names = {number: name for name, number in ids.items()}
        found = messages(tx, name, limit=99).items
    return {names[one.customer_id]: one.reason or one.state for one in found}


def test_every_wish_keeps_its_message_back_and_is_counted_beforehand(database):
    ids = given_people(database)
    news = {"topic": "news", "targeted": True}

    with database.transaction() as tx:
        before = unreachable(tx, list(ids.values()), Subject(medium="email", **news), AT)
        assert before == dict.fromkeys(REFUSED.values(), 1)
        assert tracking_allowed(tx, list(ids.values())) == {ids["agrees"]}

    first = send(database, ids, "first", AT, **news)
    assert first == {**REFUSED, "agrees": "sent", "sparing": "sent"}
    assert set(REFUSED.values()) <= REASONS.keys()
    assert answer("skipped", "paused", None) == "Not sent: the person asked for a pause."
    # The held-out arm is asked the same, so that both arms are chosen alike.
    held = send(database, ids, "held", AT, arm="held_out", **news)
    assert held == {**REFUSED, "agrees": "held_out", "sparing": "less_often"}

    later = send(database, ids, "later", AT + 4 * DAY, **news)
    assert (later["rests"], later["sparing"]) == ("sent", "less_often")
    assert send(database, ids, "last", AT + 8 * DAY, **news)["sparing"] == "sent"
    # Not chosen by what is known of them; a topic one may hear of unless one objects; the whole channel.
    untargeted = send(database, ids, "tips", AT + 8 * DAY, topic="tips")
    assert (untargeted["objects"], untargeted["silent"], untargeted["left"]) == (
        "sent",
        "sent",
        "channel_opt_out",
    )
    assert send(database, ids, "any", AT + 8 * DAY)["silent"] == "no_consent"

    passes = {"held": "restricted", "shut": "suppressed"}
    for key, about in (("order", {"topic": "orders"}), ("asked", {"purpose": "transactional"})):
        found = send(database, ids, key, AT, **about)
        assert found == {name: passes.get(name, "sent") for name in SAID}
    with database.transaction() as tx:
        tracked = values(tx, sql.SQL("select distinct customer_id from messaging.recorded where tracked"))
        assert tracked == [ids["agrees"]]


def test_without_a_policy_whoever_did_not_withdraw_is_written_to(database):
    with database.transaction() as tx:
        publish(
            tx,
            TEMPLATE,
            "hello",
            Template(title="Hello", subject="Hello", text="Hello {{ unsubscribe_url }}"),
        )
        ids = dict(zip("ab", add_customers(tx, [(n, f"{n}@example.invalid") for n in "ab"]), strict=True))
        assert treat(ids.values())

    assert send(database, ids, "first", AT) == {"a": "sent", "b": "sent"}


def test_who_wants_few_gets_one_of_two_that_are_sent_side_by_side(database):
    with database.transaction() as tx:
        publish(
            tx,
            TEMPLATE,
            "hello",
            Template(title="Hello", subject="Hello", text="Hello {{ unsubscribe_url }}"),
        )
        ids = dict(enumerate(add_numbered(tx, 40)))
        for number in ids.values():
            few = Statement(about="frequency", given=False)
            customers.record(tx, number, [few], at=AT - DAY)
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, customers.reader())], AT)
    sequencer.close()
    start = Barrier(4)

    def one(key):
        start.wait()
        return send(database, ids, f"side-{key}", AT)

    with ThreadPoolExecutor(4) as hands:
        found = list(hands.map(one, range(4)))
    for number in ids:
        assert sorted(each[number] for each in found) == ["less_often"] * 3 + ["sent"]
