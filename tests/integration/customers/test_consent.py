"""Consent and what else people ask: append-only, believed by who tells it, one state in any order of arrival."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from regulars import audit, customers, definitions
from regulars.access import SYSTEM, Actor, NotAllowed
from regulars.customers import Enrichment, Statement
from regulars.db import Database, run, values
from regulars.events.reading import CONSENTS
from regulars.kernel import Conflict, Invalid
from tests.integration.customers.shop import AT, COMPUTING, Shop

AGENT = Actor(person_id=1, name="Ada Byron", level=3, function="service_agent", scope=None, via="console")
MARKETER = Actor(person_id=2, name="Bo Lund", level=4, function="marketing", scope=None, via="console")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SERVER = {"server": True}
POLICY: dict[str, Any] = {
    "title": "Ours",
    "topics": [
        {"key": "news", "title": "News", "double_opt_in": True, "wordings": {"1": "Yes, write to me"}},
        {"key": "tips", "title": "Tips", "basis": "legitimate_interest"},
        {"key": "orders", "title": "Orders", "basis": "contract"},
        {"key": "partners", "title": "Partners", "own_consent": True},
    ],
}


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def told(shop: Shop, user: str | None, hours: float, name: str, via: Any = SERVER, **said: Any) -> Any:
    more = {"anonymous_id": said.pop("anonymous_id")} if "anonymous_id" in said else {}
    return shop.event(user, at=AT + hours * HOUR, name=name, properties=said, context=via, **more)


def given(shop: Shop, user: str | None, hours: float, via: Any = SERVER, **said: Any) -> Any:
    return told(shop, user, hours, "Consent Given", via, **{"channel": "email", **said})


def withdrawn(shop: Shop, user: str | None, hours: float, via: Any = SERVER, **said: Any) -> Any:
    return told(shop, user, hours, "Consent Withdrawn", via, **{"channel": "email", **said})


def now(shop: Shop, user: str) -> list[tuple[str, str, bool, str | None]]:
    with shop.database.transaction() as tx:
        found = customers.consents(tx, shop.id(user))
    return [(one.channel, one.topic, one.given, one.via) for one in found]


def stands(shop: Shop, user: str) -> customers.Standing:
    with shop.database.transaction() as tx:
        return customers.standing(tx, shop.id(user))


def test_every_event_of_consent_is_known_where_events_come_in() -> None:
    assert set(customers.EVENT_OF.values()) == CONSENTS


def test_the_last_word_stands_with_its_proof_and_all_words_are_kept(shop: Shop) -> None:
    shop.publish(customers.CONSENT_POLICY, "consent", POLICY)
    proof = {
        "topic": "news",
        "wording_version": "1",
        "ip": "192.0.2.7",
        "purpose": "advertising",
        "basis": "consent",
    }
    asked = {"asked_at": (AT - HOUR).isoformat(), "asked_ip": "192.0.2.6"}
    shop.tell(
        withdrawn(shop, "7", 24, topic="news"),
        given(shop, "7", 0, **proof, **asked),
        given(shop, "7", 0, via={"provenance": {"kind": "import"}}, channel="sms", source="till"),
        told(shop, "7", 0, "Consent Given", nothing=1),
    )

    assert now(shop, "7") == [("email", "news", False, "server"), ("sms", "", True, "import")]
    with shop.database.transaction() as tx:
        first = customers.consent_history(tx, shop.id("7"))[1:]
        one = next(each for each in first if each.channel == "email")
        assert (one.wording, one.wording_version, one.ip) == ("Yes, write to me", "1", "192.0.2.7")
        assert (one.asked_at, one.asked_ip, one.purpose) == (AT - HOUR, "192.0.2.6", "advertising")
        assert one.how == "told by a server (shop)"


def test_a_page_may_withdraw_and_object_but_agrees_for_nobody(shop: Shop) -> None:
    page = None
    shop.tell(
        given(shop, "7", 0, via=page, source="till", ip="192.0.2.1"),
        given(shop, "8", 0),
        withdrawn(shop, "8", 1, via=page),
        told(shop, "8", 1, "Profiling Objected", page),
        told(shop, "8", 2, "Profiling Allowed", page),
        told(shop, "8", 1, "Processing Restricted", page),
    )

    assert now(shop, "7") == []
    with shop.database.transaction() as tx:
        (kept,) = customers.consent_history(tx, shop.id("7"))
    assert (kept.believed, kept.doubt, kept.source, kept.ip) == (False, "page", "shop", None)
    assert now(shop, "8") == [("email", "", False, "page")]
    assert stands(shop, "8").profiling_objected and not stands(shop, "8").restricted

    shop.publish(customers.CONSENT_POLICY, "consent", {"title": "Ours", "believe_pages": ["tracking"]})
    shop.tell(given(shop, "7", 1, via=page, channel="tracking"), given(shop, "7", 1, via=page))
    assert now(shop, "7") == [("tracking", "", True, "page")] and stands(shop, "7").tracking_allowed


def test_what_needs_a_double_opt_in_counts_when_it_was_confirmed(shop: Shop) -> None:
    shop.publish(customers.CONSENT_POLICY, "consent", POLICY)
    shop.tell(given(shop, "7", 0, topic="news"), given(shop, "8", 0, topic="news", asked_at=AT.isoformat()))

    assert now(shop, "7") == [] and now(shop, "8") == [("email", "news", True, "server")]
    with shop.database.transaction() as tx:
        assert [one.doubt for one in customers.consent_history(tx, shop.id("7"))] == ["unconfirmed"]


def life(shop: Shop, user: str) -> list[Any]:
    """Words at equal and different instants, of a visitor and of who they turn out to be."""
    visitor = {"anonymous_id": f"a-{user}"}
    return [
        given(shop, None, 1, **visitor),
        withdrawn(shop, user, 1),  # At the instant of the one above: the withdrawal stands.
        given(shop, user, 2, topic="news"),
        withdrawn(shop, None, 3, topic="news", **visitor),
        given(shop, None, 5, via=None, topic="news", **visitor),
        given(shop, user, 0, channel="tracking"),
        told(shop, None, 4, "Profiling Objected", **visitor),
        told(shop, user, 3, "Profiling Allowed"),
        told(shop, user, 2, "Messages Paused", until=(AT + DAY).isoformat()),
        told(shop, None, 2, "Messages Paused", until=(AT + 2 * DAY).isoformat(), **visitor),
        told(shop, user, 1, "Fewer Messages Asked", every_days=7),
        told(shop, None, 1, "Fewer Messages Asked", every_days=30, **visitor),
        told(shop, None, 2, "Processing Restricted", **visitor),
        told(shop, user, 3, "Processing Resumed"),
        shop.event(user, at=AT + 6 * HOUR, name="Product Viewed", **visitor),
    ]


def test_any_order_of_arrival_and_any_cut_give_one_state_also_over_a_merge(shop: Shop) -> None:
    chance = random.Random(11)
    users = [f"u{number}" for number in range(10)]
    for user in users:
        events = life(shop, user)
        chance.shuffle(events)
        while events:
            cut = chance.randint(1, len(events))
            shop.tell(*events[:cut])
            events = events[cut:]

    said = [
        ("email", "", False, "server"),
        ("email", "news", False, "server"),
        ("tracking", "", True, "server"),
    ]
    for user in users:
        assert now(shop, user) == said
        found = stands(shop, user)
        assert (
            found.profiling_objected
            and found.every_days == 30
            and found.tracking_allowed
            and not found.restricted
        )
        assert found.paused(AT + DAY) and not found.paused(AT + 2 * DAY)
    with shop.database.transaction() as tx:
        seen = tx.execute(
            "select distinct profiling_objected, restricted, tracking_allowed, paused_until, every_days"
            " from customers.fact_standing where customer_id in (select customer_id from customers.fact_consent)"
        ).fetchall()
        wishes = tx.execute("select about, given, count(*) from customers.fact_wish group by 1, 2").fetchall()
    assert seen == [(True, False, True, AT + 2 * DAY, 30)]
    assert sorted(wishes) == [
        ("frequency", False, 10), ("pause", False, 10), ("processing", True, 10), ("profiling", False, 10)
    ]  # fmt: skip


def test_what_was_said_is_never_changed_and_erased_only_in_what_says_who(shop: Shop) -> None:
    shop.tell(given(shop, "7", 0, wording="I, Ada, agree", ip="192.0.2.7"), withdrawn(shop, "7", 1))
    for statement in ("delete from customers.consent", "update customers.consent set given = true"):
        with pytest.raises(psycopg.errors.RestrictViolation), shop.database.transaction() as tx:
            run(tx, sql.SQL(statement))

    with shop.database.transaction() as tx:
        atoms = [shop.id("7")]
        assert customers.consents_held(tx, atoms) == 2
        assert customers.erase_consents(tx, atoms, AT) == 2 and customers.erase_consents(tx, atoms, AT) == 0
        kept = values(tx, sql.SQL("select consent::text from customers.consent"))
    assert not any(word in text for text in kept for word in ("Ada", "192.0.2.7", "shop"))
    assert now(shop, "7") == [("email", "", False, "server")]


def test_by_hand_it_is_judged_reasoned_audited_and_comes_after_what_stands(shop: Shop) -> None:
    shop.tell(given(shop, "7", 1))
    no_mail = [Statement(given=False, channel="email")]
    restrict = [Statement(about="processing", given=False)]
    with shop.database.transaction() as tx:
        customers.record_by_hand(tx, AGENT, shop.id("7"), no_mail, reason="On the phone", at=AT)
        customers.record_by_hand(tx, AGENT, shop.id("7"), restrict, reason="Disputes an order", at=AT)
        with pytest.raises(NotAllowed):
            customers.record_by_hand(tx, MARKETER, shop.id("7"), restrict, reason="x", at=AT)
        with pytest.raises(Invalid):
            customers.record_by_hand(tx, AGENT, shop.id("7"), no_mail, reason=" ", at=AT)
        with pytest.raises(Invalid):
            customers.record_by_hand(tx, AGENT, shop.id("7"), [Statement(given=True)], reason="x", at=AT)
    shop.read()

    assert now(shop, "7") == [("email", "", False, "hand")] and stands(shop, "7").restricted
    with shop.database.transaction() as tx:
        hand = customers.consents(tx, shop.id("7"))[0]
        actions = [one.action for one in audit.entries(tx, subject_kind="customer").items]
    assert (hand.recorded_by, hand.reason) == ("Ada Byron", "On the phone")
    assert sorted(actions) == ["consents.record", "consents.restrict"]


def publish_again(shop: Shop, body: dict[str, Any]) -> None:
    with shop.database.transaction() as tx:
        kind = customers.CONSENT_POLICY
        etag = definitions.get(tx, kind, "consent").etag
        definitions.save_draft(tx, SYSTEM, kind, "consent", body, at=AT, etag=etag)
        definitions.publish(tx, SYSTEM, kind, "consent", at=AT)


def test_a_published_wording_keeps_its_words_and_there_is_one_policy(shop: Shop) -> None:
    shop.publish(customers.CONSENT_POLICY, "consent", POLICY)
    changed = {"title": "Ours", "topics": [{"key": "news", "title": "News", "wordings": {"1": "Anything"}}]}
    with pytest.raises(Conflict, match="published with other words"):
        publish_again(shop, changed)
    with pytest.raises(Invalid, match="one consent policy"):
        shop.publish(customers.CONSENT_POLICY, "another", POLICY)
    bad = {"title": " ", "topics": [{"key": "A b", "title": "", "channels": ["fax"]}], "believe_pages": ["x"]}
    with pytest.raises(Invalid) as wrong:
        publish_again(shop, bad)
    assert {one.path for one in wrong.value.findings} == {
        "title", "topics[0].key", "topics[0].title", "topics[0].channels", "believe_pages[0]"
    }  # fmt: skip


def test_who_may_hear_of_what(shop: Shop) -> None:
    shop.publish(customers.CONSENT_POLICY, "consent", POLICY)
    shop.tell(shop.identify("silent", n=1), given(shop, "whole", 1), withdrawn(shop, "left", 1))
    shop.tell(
        withdrawn(shop, "back", 1),
        given(shop, "back", 2, topic="tips"),
        given(shop, "off", 2),
        withdrawn(shop, "off", 1, topic="tips"),
        told(shop, "held", 1, "Processing Restricted"),
        told(shop, "objects", 1, "Profiling Objected"),
        told(shop, "rests", 1, "Messages Paused"),
    )
    wanted = {
        "silent": ("no_consent", None, None, "no_consent"),
        "whole": (None, None, None, "no_consent"),
        "left": ("channel_opt_out", "channel_opt_out", None, "channel_opt_out"),
        "back": ("channel_opt_out", None, None, "channel_opt_out"),
        "off": (None, "topic_opt_out", None, "no_consent"),
        "held": ("restricted", "restricted", "restricted", "restricted"),
        "objects": ("no_consent", "profiling_objected", None, "no_consent"),
        "rests": ("no_consent", "paused", None, "no_consent"),
    }
    with shop.database.transaction() as tx:
        policy = customers.consent_policy(tx)
        for name, expected in wanted.items():
            found = customers.standing(tx, shop.id(name))
            heard = tuple(
                customers.may_hear(policy, found, "email", topic, AT + DAY, targeted=True)
                for topic in ("news", "tips", "orders", "partners")
            )
            assert heard == expected, name


def test_what_is_restricted_is_kept_and_not_worked_on_until_it_is_resumed(shop: Shop) -> None:
    views = {"name": "Views", "measure": "count", "event": "Product Viewed"}
    shop.publish(COMPUTING.kind, "views", views)
    shop.tell(shop.event("7", name="Product Viewed"))
    shop.tell(told(shop, "7", 1, "Processing Restricted"))
    shop.tell(shop.event("7", name="Product Viewed"), shop.event("8", name="Product Viewed"))
    with shop.database.transaction() as tx:
        asked = [
            Enrichment(kind="user_id", identifier=user, traits={"size": 3}, source="census") for user in "789"
        ]
        done = customers.enrich(tx, asked, at=AT)
        assert (done.told, done.unknown, done.restricted) == (1, ("9",), ("7",))
    shop.read()
    assert (shop.traits("7"), shop.traits("8")) == ({"views": 1}, {"views": 1, "size": 3})

    shop.tell(told(shop, "7", 2, "Processing Resumed"))
    assert shop.traits("7") == {"views": 2}
