"""What can be switched on the page: each topic by each channel, in the customer's language, as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars.customers import ConsentPolicy, Standing, Topic, may_hear
from regulars.preferences.model import Centre, TopicText
from regulars.preferences.words import Words

WHOLE = ""  # In place of a topic: the channel as a whole.
DEFAULT_CHANNELS = ("email",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One topic by one channel."""

    channel: str
    topic: str
    label: str
    on: bool
    wording: str
    wording_version: str | None
    purpose: str | None
    basis: str
    confirmed: bool = False  # Its consent counts only from a proven address.

    @property
    def name(self) -> str:
        """Of its field."""
        return f"{self.channel}/{self.topic}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A topic with its switches."""

    key: str
    title: str
    text: str
    wording: str
    switches: tuple[Switch, ...]


def channels_of(centre: Centre, policy: ConsentPolicy) -> tuple[str, ...]:
    """By which channels people can be written to, as far as the page shows them."""
    known = dict.fromkeys(channel for topic in policy.topics for channel in topic.channels)
    every = tuple(known) or DEFAULT_CHANNELS
    return tuple(one for one in centre.channels if one in every) if centre.channels else every


def topics_of(centre: Centre, policy: ConsentPolicy) -> tuple[Topic, ...]:
    """The topics shown, in their order; what belongs to a contract cannot be chosen."""
    found = {topic.key: topic for topic in policy.topics if topic.basis != "contract"}
    keys = [key for key in centre.topics if key in found] if centre.topics else list(found)
    return tuple(found[key] for key in keys)


def shelves(
    centre: Centre, policy: ConsentPolicy, stands: Standing, at: datetime, words: Words
) -> tuple[Shelf, ...]:
    """Everything that can be switched, the rest of each channel last."""
    shown, channels = topics_of(centre, policy), channels_of(centre, policy)
    text = centre.texts.get(words.language)
    told = text.topics if text else {}
    listed = [_shelf(topic, channels, policy, stands, at, words, told) for topic in shown]
    rest = Shelf(
        key=WHOLE,
        title=words("everything_else" if shown else "topics"),
        text=words("everything_else_text") if shown else "",
        wording="",
        switches=tuple(
            Switch(
                channel=channel,
                topic=WHOLE,
                label=words.channel(channel),
                on=hears(policy, stands, channel, WHOLE, at),
                wording=f"{words('everything_else' if shown else 'said_of_all')} {words.channel(channel)}",
                wording_version=f"page/{words.language}",
                purpose=None,
                basis=policy.basis,
            )
            for channel in channels
        ),
    )
    return tuple(one for one in (*listed, rest) if one.switches)


def _shelf(
    topic: Topic,
    channels: Sequence[str],
    policy: ConsentPolicy,
    stands: Standing,
    at: datetime,
    words: Words,
    told: Mapping[str, TopicText],
) -> Shelf:
    own = told.get(topic.key, TopicText())
    version, wording = topic.newest or (None, "")
    if own.wording:
        version, wording = f"{version or 'page'}/{words.language}", own.wording
    title, text = own.title or topic.title, own.text or topic.description
    switches = tuple(
        Switch(
            channel=channel,
            topic=topic.key,
            label=words.channel(channel),
            on=hears(policy, stands, channel, topic.key, at),
            # Without a wording of its own, what stands beside the box is what was agreed to.
            wording=wording or f"{title} {words.channel(channel)}",
            wording_version=version or f"page/{words.language}",
            purpose=topic.purpose or None,
            basis=topic.basis,
            confirmed=topic.double_opt_in,
        )
        for channel in topic.channels
        if channel in channels
    )
    return Shelf(key=topic.key, title=title, text=text, wording=wording, switches=switches)


def hears(policy: ConsentPolicy, stands: Standing, channel: str, topic: str, at: datetime) -> bool:
    """Whether they hear of a topic, apart from a pause and whatever else holds for all topics."""
    bare = replace(stands, restricted=False, profiling_objected=False, pause_asked=False)
    return may_hear(policy, bare, channel, topic, at) is None


def every_switch(found: Sequence[Shelf]) -> Iterator[Switch]:
    for shelf in found:
        yield from shelf.switches
