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

_ANSWERED = {
    **{name: text for name, text in _SEND.items() if name != "arm"},
    "link": "Of a click: where it led.",
    "hard": "Of a bounce: whether for good.",
    "signal": "By what a machine was seen.",
}

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
    *(
        EventType(name=f"regulars.messaging.{name}", description=said, properties=_ANSWERED)
        for name, said in (
            ("delivered", "The other side took the message."),
            ("deferred", "The other side asked to wait; it is tried again."),
            ("bounced", "The message came back."),
            ("complained", "The reader called it spam."),
            ("opened", "The reader opened it."),
            ("clicked", "The reader followed a link."),
            ("unsubscribed", "The reader asked by this message to hear no more."),
            ("viewed", "The reader looked at it as a page."),
            ("replied", "An answer came, such as an out-of-office note."),
            ("machine_opened", "A mail privacy proxy or a prefetch opened it, and no person."),
            ("machine_clicked", "A link scanner followed a link, and no person."),
            ("machine_viewed", "A machine looked at it as a page."),
            ("machine_replied", "A machine answered, such as an out-of-office note."),
        )
    ),
    EventType(
        name="regulars.messaging.reclassified",
        description="What looked like a person's open or click was a machine's, as came out later.",
        properties={**_ANSWERED, "reaction": "What it was: opened, clicked or viewed."},
    ),
)
