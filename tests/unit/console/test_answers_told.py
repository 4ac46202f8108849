"""What came back of messages, as the timeline tells it."""

from datetime import UTC, datetime

from regulars.console.happening import Known
from regulars.console.happenings import KINDS, happenings
from regulars.log import Event
from regulars.messaging import EVENTS

AT = datetime(2026, 5, 1, tzinfo=UTC)
KNOWN = Known(href="/customers/x", zone="UTC", orders={}, lots={}, tiers=(), campaigns={"spring": "Spring"})


def told(name, **properties):
    event = Event(
        **{
            **dict.fromkeys(Event.__dataclass_fields__),
            "position": 1,
            "name": f"regulars.messaging.{name}",
            "occurred_at": AT,
            "properties": {"source": "spring", "source_kind": "campaign", **properties},
            "context": {},
            "history": False,
        }
    )
    (found,) = happenings([event], KNOWN)
    return found.title, found.text


def test_people_and_machines_read_differently():
    assert told("clicked", link="https://shop.example/") == (
        "Clicked in “Spring”",
        "To https://shop.example/",
    )
    assert told("machine_clicked", signal="trap") == (
        "A machine followed a link in “Spring”",
        "It followed a link that no reader sees; it counts in no rate.",
    )
    assert (
        told("reclassified", reaction="clicked", signal="burst")[0]
        == "It was a machine that clicked “Spring”"
    )
    assert told("bounced", hard=True)[1] == "For good: nothing more is sent there."


def test_every_event_of_messages_has_its_sentence_and_stands_under_messages():
    names = {one.name for one in EVENTS}

    assert names <= set(KINDS["messages"][1])
    for name in names:
        assert told(name.rpartition(".")[2])[0] != name
