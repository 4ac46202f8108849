"""From what somebody switched to what they say: the fewest statements after which exactly that holds."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from regulars.customers import ConsentPolicy, Standing, Statement, Word
from regulars.preferences.offer import WHOLE, Switch, hears


def decide(
    policy: ConsentPolicy,
    stands: Standing,
    switches: Sequence[Switch],
    wanted: Mapping[str, bool],
    at: datetime,
) -> list[list[Switch]]:
    """Give the switches to be told in steps, each with `on` as wanted; a later step is told later.

    `wanted` holds by name what was changed; everything else shall hold as it stands. The word on a whole
    channel counts for its topics too, so those are told after it where they would change along.
    """
    shall = {one.name: wanted.get(one.name, one.on) for one in switches}
    wholes = [
        replace(one, on=shall[one.name])
        for one in switches
        if one.topic == WHOLE and shall[one.name] != one.on
    ]
    said = _with(stands, wholes, at)
    topics = [
        replace(one, on=shall[one.name])
        for one in switches
        if one.topic != WHOLE and hears(policy, said, one.channel, one.topic, at) != shall[one.name]
    ]
    return [step for step in (wholes, topics) if step]


def _with(stands: Standing, told: Sequence[Switch], at: datetime) -> Standing:
    words = {(one.channel, one.topic): Word(given=one.on, at=at) for one in told}
    return replace(stands, said={**stands.said, **words})


def statements(told: Sequence[Switch], *, ip: str | None, asked_at: datetime | None) -> Iterator[Statement]:
    """What is recorded of a step; a withdrawal names no wording, for nothing was agreed to."""
    for one in told:
        yield Statement(
            given=one.on,
            channel=one.channel,
            topic=one.topic,
            wording=one.wording if one.on else None,
            wording_version=one.wording_version if one.on else None,
            purpose=one.purpose,
            basis=one.basis if one.on else None,
            ip=ip,
            asked_at=asked_at if one.on else None,
        )


def unsubscribed(channels: Collection[str], topic: str, *, ip: str | None) -> list[Statement]:
    """Withdrawn, by each of these channels; an empty topic is the channel as a whole."""
    return [Statement(given=False, channel=channel, topic=topic, ip=ip) for channel in channels]
