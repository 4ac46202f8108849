"""Sources: what they declare, and which keys send for them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from regulars import access, audit, events
from regulars.access import NotAllowed
from regulars.definitions import publish, save_draft
from regulars.events import SOURCE, Policy
from regulars.kernel import Invalid
from tests.integration.access.factory import AT, hire


@pytest.fixture
def eve(tx):
    return hire(tx, "Eve", 4, "engineering")


def made(tx, eve, name="Till 3", kind="tracking"):
    rights = {} if kind == "tracking" else {"level": 3, "function": "engineering"}
    return access.make_key(tx, eve, name=name, kind=kind, at=AT, **rights).key


def test_a_published_source_declares_how_its_events_are_taken(tx, eve):
    body = {"title": "Tills", "unplanned": "refuse", "late_days": 2, "future_minutes": 0}
    save_draft(tx, eve, SOURCE, "tills", body, at=AT)
    publish(tx, eve, SOURCE, "tills", at=AT)

    assert replace(events.policy_of(tx, "tills"), check=None) == Policy(
        late=timedelta(days=2), future=timedelta(0), unplanned="refuse"
    )
    assert events.policy_of(tx, "nobody-declared-it") == Policy()


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"late_days": -1}, {"late_days": 40_000}, {"unplanned": "drop"}, {"tilte": "x"}]
)
def test_a_source_that_cannot_be_is_not_published(tx, eve, wrong):
    with pytest.raises(Invalid):
        save_draft(tx, eve, SOURCE, "tills", {"title": "Tills", **wrong}, at=AT)
        publish(tx, eve, SOURCE, "tills", at=AT)


def test_a_key_sends_for_a_source_of_its_own_name_until_it_is_given_one(tx, eve):
    key = made(tx, eve, "Ladenkasse Zürich / 3")

    first = events.source_of_key(tx, key)
    events.assign_key(tx, eve, key.key_id, "tills", at=AT)
    events.assign_key(tx, eve, key.key_id, "tills-2", at=AT)

    assert first == "ladenkasse-zurich-3"
    assert events.source_of_key(tx, key) == "tills-2"
    assert events.assigned_keys(tx) == {key.key_id: "tills-2"}


def test_a_name_without_letters_of_ascii_gives_the_keys_own_id(tx, eve):
    key = made(tx, eve, "店")

    assert events.source_of_key(tx, key) == key.public_id.replace("_", "-")


def test_moving_a_key_is_in_the_audit(tx, eve):
    key = made(tx, eve)
    events.assign_key(tx, eve, key.key_id, "tills", at=AT)

    entry = audit.entries(tx).items[0]

    assert (entry.action, entry.subject, entry.after) == (
        "sources.assign_key", key.public_id, {"source": "tills"},
    )  # fmt: skip


def test_only_a_tracking_key_and_a_readable_source_are_taken(tx, eve):
    key = made(tx, eve)
    with pytest.raises(Invalid, match="is an API key"):
        events.assign_key(tx, eve, made(tx, eve, kind="api").key_id, "tills", at=AT)
    with pytest.raises(Invalid, match="write its key as"):
        events.assign_key(tx, eve, key.key_id, "Tills!", at=AT)
    with pytest.raises(NotAllowed):
        events.assign_key(tx, hire(tx, "Ann", 3), key.key_id, "tills", at=AT)
