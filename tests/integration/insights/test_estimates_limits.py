"""Who would remain after caps and the holdout of all marketing: as many as a campaign is foreseen to send to."""

from datetime import timedelta

import pytest

from regulars import insights
from regulars.conditions import Not, TraitEquals
from regulars.db import Database
from regulars.insights import estimating
from regulars.messaging import (
    POLICY_KEY,
    SENDING_POLICY,
    Cap,
    Sender,
    SendingPolicy,
    SourceName,
    Subject,
    carry_on,
    forecast,
)
from regulars.wiring import KINDS
from tests.integration.messaging.given import AT, add_numbered, publish, queue, treat
from tests.integration.messaging.test_policy_of_sends import lives

EVERYBODY = Not(condition=TraitEquals(trait="plan", value="none"))
HOUR = timedelta(hours=1)
PEOPLE = 60
POLICIES = (
    {},
    {"caps": (Cap(n=1, per="day"),)},
    {"caps": (Cap(n=2, per="week", channel="email"),)},
    {"caps": (Cap(n=1, per="week", channel="sms"),)},
    {"caps": (Cap(n=2, per="hours", hours=30),), "holdout_percent": 20.0},
    {"holdout_percent": 20.0},
)


@pytest.fixture
def shop(database: Database) -> Database:
    """Some heard once, some twice; of each some live where it is tomorrow already."""
    assert KINDS  # With them, the rooms' sources are registered.
    with database.transaction() as tx:
        ids = add_numbered(tx, PEOPLE)
        for number in ids[::3]:
            lives(tx, number, "Asia/Tokyo")
        lives(tx, ids[1], "Mars/Olympus")  # Unknown: as in the workspace's own.
        for key, some in (("one", ids[:40]), ("two", ids[20:50])):
            queue(tx, treat(some), name=SourceName(kind="campaign", key=key, version=1))
    for key in ("one", "two"):
        carry_on(database, Sender(batch=50), SourceName(kind="campaign", key=key, version=1), at=AT)
    return database


@pytest.mark.parametrize("policy", POLICIES)
def test_who_remains_is_who_a_campaign_would_be_sent_to(shop: Database, policy: dict) -> None:
    at = AT + 8 * HOUR
    with shop.transaction() as tx:
        publish(tx, SENDING_POLICY, POLICY_KEY, SendingPolicy(title="Ours", **policy))

    found = insights.estimate(shop, EVERYBODY, at, zone="UTC", held_out_percent=10.0)

    with shop.transaction() as tx:
        foreseen = forecast(tx, list(range(1, PEOPLE + 1)), Subject(medium="email", targeted=True), at)
    assert found.addresses["email"] == PEOPLE
    assert found.after_caps["email"] == foreseen["sent", None]
    assert found.after_holdout["email"] == round(foreseen["sent", None] * 0.9)
    assert found.after_caps["email"] > 0


def test_of_many_people_some_are_asked_and_all_reckoned(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.transaction() as tx:
        publish(tx, SENDING_POLICY, POLICY_KEY, SendingPolicy(title="Ours", caps=(Cap(n=1, per="week"),)))
    monkeypatch.setattr(estimating, "EVERYBODY_MAX", 10)
    monkeypatch.setattr(estimating, "PEOPLE_ASKED", 30)

    found = insights.estimate(shop, EVERYBODY, AT + 8 * HOUR, zone="UTC")

    assert not found.is_exact
    assert found.after_caps["email"] < found.addresses["email"]
    assert found.after_caps["email"] % 2 == 0
