"""What a customer agrees to and asks of us, as lines of a page: by channel and topic, with the proof."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from regulars import customers
from regulars.console.formats import count_of
from regulars.console.parts import Tone
from regulars.customers import BASES, Consent, ConsentPolicy, Standing
from regulars.messaging import REASONS

CHANNELS: Mapping[str, str] = {
    "email": "E-mail",
    "sms": "SMS",
    "push": "Push",
    "post": "Post",
    "phone": "Phone",
    customers.TRACKING: "Opens and clicks",
}
SAID: Mapping[tuple[str, bool], str] = {
    ("profiling", False): "Objected to profiling",
    ("profiling", True): "Allowed profiling again",
    ("processing", False): "Restricted the use of their data",
    ("processing", True): "Lifted the restriction",
    ("pause", False): "Asked for a pause",
    ("pause", True): "Ended the pause",
    ("frequency", False): "Asked to hear less often",
    ("frequency", True): "Wants to hear as usual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLine:
    """One channel and topic: what was said of it, and what follows."""

    channel: str  # Empty where the topic says it.
    topic: str
    said: str  # Agreed, Withdrew, or nothing said.
    tone: Tone
    at: datetime | None
    proof: str
    hears: str  # Whether they may hear of it now, in words.


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    title: str
    state: str
    tone: Tone
    at: datetime | None
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLine:
    """One statement of the log."""

    title: str
    at: datetime
    how: str
    proof: str
    doubt: str  # Why it does not count; empty when it does.


def channel_words(channel: str) -> str:
    return CHANNELS.get(channel, channel.capitalize())


def topic_words(policy: ConsentPolicy, topic: str) -> str:
    listed = policy.topic(topic)
    return listed.title if listed else topic or "The channel as a whole"


def topic_lines(
    policy: ConsentPolicy,
    stands: Standing,
    said: list[Consent],
    at: datetime,
    *,
    sees_ip: bool,
    suppressed: bool,
) -> tuple[TopicLine, ...]:
    """The topics of the policy by channel, and what else was said."""
    last = {(one.channel, one.topic): one for one in said}
    listed = [(channel, topic.key) for topic in policy.topics for channel in topic.channels]
    whole = sorted({(channel, "") for channel, _ in listed} | {("email", "")}, key=_place)
    more = sorted(
        key for key in last if key not in listed and key not in whole and key[0] != customers.TRACKING
    )
    return tuple(
        _topic_line(
            policy,
            channel,
            topic,
            last.get((channel, topic)),
            "suppressed"
            if suppressed and channel == "email"
            else customers.may_hear(policy, stands, channel, topic, at),
            sees_ip=sees_ip,
        )
        for channel, topic in (*whole, *listed, *more)
    )


def _place(one: tuple[str, str]) -> int:
    names = list(CHANNELS)
    return names.index(one[0]) if one[0] in names else len(names)


def _topic_line(
    policy: ConsentPolicy,
    channel: str,
    topic: str,
    said: Consent | None,
    refused: str | None,
    *,
    sees_ip: bool,
) -> TopicLine:
    basis = BASES[policy.basis_of(topic)]
    return TopicLine(
        channel=channel_words(channel) if topic else "",
        topic=topic_words(policy, topic) if topic else f"{channel_words(channel)} as a whole",
        said="Nothing said" if said is None else "Agreed" if said.given else "Withdrew",
        tone="quiet" if said is None else "good" if said.given else "bad",
        at=said.occurred_at if said else None,
        proof=proof_of(said, sees_ip=sees_ip) if said else f"The policy: sent {basis}.",
        hears=f"No: {REASONS[refused]}" if refused else "Yes",
    )


def wish_lines(
    stands: Standing, wishes: list[Consent], said: list[Consent], at: datetime, *, sees_ip: bool
) -> tuple[WishLine, ...]:
    last: dict[str, Consent] = {one.about: one for one in wishes}
    tracking = next((one for one in said if (one.channel, one.topic) == (customers.TRACKING, "")), None)
    states: tuple[tuple[str, str, Tone, Consent | None], ...] = (
        (
            "Use of the data",
            "Restricted" if stands.restricted else "Not restricted",
            "bad" if stands.restricted else "quiet",
            last.get("processing"),
        ),
        (
            "Profiling",
            "Objects" if stands.profiling_objected else "Did not object",
            "bad" if stands.profiling_objected else "quiet",
            last.get("profiling"),
        ),
        (
            "Opens and clicks",
            "May be counted" if stands.tracking_allowed else "Not counted",
            "good" if stands.tracking_allowed else "quiet",
            tracking,
        ),
        ("Pause", _pause_words(stands, at), "waiting" if stands.paused(at) else "quiet", last.get("pause")),
        (
            "How often",
            _often_words(stands),
            "waiting" if stands.less_often else "quiet",
            last.get("frequency"),
        ),
    )
    return tuple(
        WishLine(
            title=title,
            state=state,
            tone=tone,
            at=one.occurred_at if one else None,
            proof=proof_of(one, sees_ip=sees_ip) if one else "",
        )
        for title, state, tone, one in states
    )


def _pause_words(stands: Standing, at: datetime) -> str:
    if not stands.paused(at):
        return "None"
    return f"Until {stands.pause_until:%-d %B %Y}" if stands.pause_until else "Until they say otherwise"


def _often_words(stands: Standing) -> str:
    if not stands.less_often:
        return "As usual"
    return f"Every {count_of(stands.every_days, 'day')} at most" if stands.every_days else "Less often"


def said_lines(policy: ConsentPolicy, history: list[Consent], *, sees_ip: bool) -> tuple[SaidLine, ...]:
    return tuple(
        SaidLine(
            title=_said_words(policy, one),
            at=one.occurred_at,
            how=one.how,
            proof=proof_of(one, sees_ip=sees_ip),
            doubt=""
            if one.believed
            else f"Does not count: {one.DOUBTS.get(one.doubt or '', one.doubt or '')}.",
        )
        for one in history
    )


def _said_words(policy: ConsentPolicy, one: Consent) -> str:
    if one.about != "consent":
        until = f" until {one.until:%-d %B %Y}" if one.until else ""
        every = f", every {count_of(one.every_days, 'day')} at most" if one.every_days else ""
        return f"{SAID[one.about, one.given]}{until}{every}"
    about = f": {topic_words(policy, one.topic)}" if one.topic else ", the channel as a whole"
    verb = "Agreed to" if one.given else "Withdrew"
    return f"{verb} {channel_words(one.channel)}{about}"


def proof_of(one: Consent, *, sees_ip: bool) -> str:
    """How, from where, in which words, on which basis: all that was kept, as sentences."""
    return " ".join(_proof(one, sees_ip=sees_ip))


def _proof(one: Consent, *, sees_ip: bool) -> Iterator[str]:
    how = one.how[0].upper() + one.how[1:]
    yield f"{how}{_from(one.ip, sees_ip=sees_ip)}."
    if one.reason:
        yield f"Reason: {one.reason}."
    if one.asked_at:
        asked = f"{one.asked_at:%-d %B %Y %H:%M} UTC{_from(one.asked_ip, sees_ip=sees_ip)}"
        yield f"Double opt-in: asked {asked}, confirmed {one.occurred_at:%-d %B %Y %H:%M} UTC."
    if one.purpose:
        yield f"Purpose: {one.purpose}."
    if one.basis:
        yield f"Basis: {one.basis}."
    if one.wording:
        version = f" (version {one.wording_version})" if one.wording_version else ""
        yield f"They were shown{version}: “{one.wording}”"
    elif one.given and one.about == "consent":
        yield "The wording was not told."


def _from(ip: str | None, *, sees_ip: bool) -> str:
    return f", from {ip if sees_ip else '… (masked)'}" if ip else ""
