"""The kind `preference-centre`: what the page says, in which languages, and what can be chosen there."""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from regulars.access import Actor
from regulars.channels import no_channel
from regulars.customers import ConsentPolicy
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup
from regulars.kernel import Finding, Invalid
from regulars.preferences.words import LANGUAGES

KEY = "preference-centre"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CONTRAST_MIN = 4.5  # Of white letters on a button, as WCAG asks.
DAYS_MAX = 365
TEXTS_MAX = 2_000


class TopicText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A topic in another language than the policy's; what is left out stands as the policy says."""

    title: str = ""
    text: str = ""
    wording: str = ""  # What is agreed to; kept with each consent as it was shown.


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the page says in one language."""

    title: str
    intro: str = ""
    topics: dict[str, TopicText] = {}


class Centre(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    texts: dict[str, Text]  # By language, as in en or de.
    language: str = "en"  # For whoever has not said theirs.
    topics: tuple[str, ...] = ()  # Keys of the policy, in the order shown; empty: all of it.
    channels: tuple[str, ...] = ()  # Empty: all of the policy.
    logo_text: str = ""
    colour: str = "#0b5cad"  # Of buttons and links.
    fewer_days: tuple[int, ...] = (7, 30)  # Choices of so many days between two messages.
    pause_days: tuple[int, ...] = (30, 90)
    profiling: bool = True
    tracking: bool = True
    download: bool = True
    erase: bool = True
    channel: str = "recording"  # By which the links that somebody asks for are sent.


BUILT_IN = Centre(
    title="Preference centre",
    texts={
        "en": Text(
            title="Your preferences",
            intro="Choose what you want to hear of. You can change it at any time.",
        ),
        "de": Text(
            title="Ihre Einstellungen",
            intro="Wählen Sie, wovon Sie hören möchten. Sie können es jederzeit ändern.",
        ),
    },
)


def sentence(body: Centre) -> str:
    languages = ", ".join(sorted(body.texts))
    shown = f"{len(body.topics)} topics" if body.topics else "all topics of the consent policy"
    deeds = [word for word, on in (("download", body.download), ("erase", body.erase)) if on]
    data = f"; customers can {' and '.join(deeds)} their data" if deeds else ""
    return f"Shows {shown} in {languages}{data}."


def _validate(body: Centre, lookup: Lookup) -> list[Finding]:
    return [
        Finding(path=path, code="preferences.wrong_centre", message=message)
        for path, message in _problems(body, lookup)
    ]


def _problems(body: Centre, lookup: Lookup) -> Iterator[tuple[str, str]]:
    if not body.title.strip():
        yield "title", "Give it a title."
    if told := no_channel(body.channel, lookup):
        yield "channel", told
    yield from _text_problems(body)
    if not COLOUR.fullmatch(body.colour):
        yield "colour", f"{body.colour[:40]!r} is no colour: write six digits, as in #0b5cad."
    elif contrast(body.colour) < CONTRAST_MIN:
        yield "colour", f"White letters cannot be read on {body.colour}; choose a darker colour."
    for name, choices in (("pause_days", body.pause_days), ("fewer_days", body.fewer_days)):
        for place, days in enumerate(choices):
            if not 1 <= days <= DAYS_MAX:
                yield f"{name}[{place}]", f"Give 1 to {DAYS_MAX} days; this is {days}."


def _text_problems(body: Centre) -> Iterator[tuple[str, str]]:
    if body.language not in body.texts:
        yield "language", f"There are no texts in {body.language!r}: write them, or name another language."
    for language, text in body.texts.items():
        place = f"texts.{language[:20]}"
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            yield place, f"The page's own words are there in {known}; not in this one."
        if not text.title.strip():
            yield f"{place}.title", "Give the page a title; people see it."
        if len(text.intro) > TEXTS_MAX:
            yield f"{place}.intro", f"At most {TEXTS_MAX:,} signs; nobody reads more."


def contrast(colour: str) -> float:
    """How well white stands on a colour, by WCAG 2: 1 is not at all, 21 is black.

    >>> round(contrast("#000000")), round(contrast("#0b5cad"), 1)
    (21, 6.7)
    """

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004

    red, green, blue = (linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def policy_findings(body: Centre, policy: ConsentPolicy) -> list[Finding]:
    """What the consent policy does not have, so that it would not be shown."""
    keys = {topic.key for topic in policy.topics}
    return [
        Finding(
            path=f"topics[{place}]",
            code="preferences.unknown_topic",
            message=f"The consent policy has no topic {key!r}.",
        )
        for place, key in enumerate(body.topics)
        if key not in keys
    ]


def _launch(_tx: Tx, definition: Definition[Centre], _actor: Actor, _at: datetime) -> str:
    if definition.key != KEY:
        message = f"Save it under the key {KEY!r}: a workspace has one, not {definition.key!r}."
        raise Invalid(message, [Finding(path="key", code="preferences.one_centre", message=message)])
    return f"Customers see it from now on. {sentence(definition.body)}"


PREFERENCE_CENTRE = Kind(
    name="preference-centre",
    title="Preference centre",
    plural="Preference centres",
    body=Centre,
    sentence=sentence,
    validate=_validate,
    launch=_launch,
)
