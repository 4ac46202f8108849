"""What this room tells the log."""

from regulars.log import EventType

_SEND = {
    "send_id": "The send's number.",
    "source_kind": "What asked for it: campaign or journey.",
    "source": "The key of that campaign or journey.",
    "source_version": "Its version.",
    "channel": "By what means.",
    "template": "The key of the template.",
    "arm": "treated or held_out.",
}
_REFUSED = {**_SEND, "reason": "The code of the reason."}

EVENTS = (
    EventType(name="regulars.messaging.sent", description="A message was handed over.", properties=_SEND),
    EventType(
        name="regulars.messaging.held_out",
        description="A message would have been sent at this moment and was held back for comparison.",
        properties=_SEND,
    ),
    EventType(
        name="regulars.messaging.skipped",
        description="A check refused the message; the reason is kept.",
        properties=_REFUSED,
    ),
    EventType(
        name="regulars.messaging.failed",
        description="The channel refused the message for good.",
        properties=_REFUSED,
    ),
    EventType(
        name="regulars.messaging.in_doubt",
        description="The message may or may not have left; it is not sent again by itself.",
        properties=_REFUSED,
    ),
)
