"""The room's own event."""

from regulars.log import EventType
from regulars.webhooks.finishing import STOPPED

EVENTS = (
    EventType(
        name=STOPPED,
        description="A webhook was stopped by itself; no webhook tells of it.",
        properties={
            "webhook": "Its key.",
            "state": "gone: it answered 410; failing: nothing got through for days.",
            "reason": "The same in words.",
        },
    ),
)
