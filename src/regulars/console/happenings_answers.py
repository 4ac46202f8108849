"""Sentences of what came back of messages: by their readers, and apart from them by machines."""

from collections.abc import Callable, Mapping

from regulars import responses
from regulars.console.happening import Happening, Known
from regulars.console.parts import Tone
from regulars.log import Event

PREFIX = "regulars.messaging."
# Of a reader: title, icon, tone and what is said of it.
READER: Mapping[str, tuple[str, str, Tone, str]] = {
    "delivered": ("Was delivered", "mail", "quiet", "The mailbox took it."),
    "deferred": ("Waits before getting", "clock", "waiting", "The mailbox asked to try again later."),
    "bounced": ("Could not be reached with", "mail-off", "bad", ""),
    "complained": ("Called spam:", "mail-off", "bad", "Nothing more is sent to that address."),
    "opened": ("Opened", "eye", "good", ""),
    "clicked": ("Clicked in", "external-link", "good", ""),
    "viewed": ("Looked at as a page:", "eye", "good", ""),
    "unsubscribed": ("Unsubscribed by", "mail-off", "waiting", "By a link of the message."),
    "replied": ("Answered", "mail", "good", ""),
}
MACHINE: Mapping[str, str] = {
    "opened": "A machine opened",
    "clicked": "A machine followed a link in",
    "viewed": "A machine looked at",
    "replied": "A machine answered",
}


def _answer(event: Event, known: Known) -> Happening:
    kind = event.name.removeprefix(PREFIX)
    title, icon, tone, text = READER[kind]
    if kind == "bounced":
        text = "For good: nothing more is sent there." if event.properties.get("hard") else "For now."
    return _entry(event, known, title=title, icon=icon, tone=tone, text=_link(event) or text)


def _by_machine(event: Event, known: Known) -> Happening:
    kind = event.name.removeprefix(f"{PREFIX}machine_")
    return _entry(event, known, title=MACHINE[kind], icon="device-desktop", tone="quiet", text=_why(event))


def _reclassified(event: Event, known: Known) -> Happening:
    kind = str(event.properties.get("reaction", "clicked"))
    title = f"It was a machine that {kind}"
    return _entry(event, known, title=title, icon="device-desktop", tone="quiet", text=_why(event))


def _why(event: Event) -> str:
    signal = str(event.properties.get("signal", ""))
    why = responses.signals().words(signal) if signal else ""
    return f"{why[:1].upper()}{why[1:]}; it counts in no rate." if why else "It counts in no rate."


def _link(event: Event) -> str:
    link = str(event.properties.get("link", ""))
    return f"To {link}" if link else ""


def _entry(event: Event, known: Known, *, title: str, icon: str, tone: Tone, text: str) -> Happening:
    source = str(event.properties.get("source", ""))
    is_campaign = event.properties.get("source_kind") == "campaign"
    return Happening(
        at=event.occurred_at,
        title=f"{title} “{known.campaigns.get(source, source)}”",
        text=text,
        icon=icon,
        tone=tone,
        href=f"/campaigns/{source}" if is_campaign else "",
    )


ANSWERS: Mapping[str, Callable[[Event, Known], Happening]] = {
    **{f"{PREFIX}{kind}": _answer for kind in READER},
    **{f"{PREFIX}machine_{kind}": _by_machine for kind in MACHINE},
    f"{PREFIX}reclassified": _reclassified,
}
