"""The consent policy: topics people hear of, on which basis, in which words, and whose word on it counts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from regulars.access import Actor
from regulars.db import Query, Statements, Tx, rows, run
from regulars.definitions import Definition, Kind, Lookup, Preview, live
from regulars.kernel import Conflict, Finding, Invalid

KEY = "consent"
CONSENT_CHANNELS = ("email", "sms", "push", "post", "phone")
TRACKING = "tracking"  # The channel under which people agree to have opens and clicks counted.
Basis = Literal["consent", "legitimate_interest", "contract"]
BASES: Mapping[Basis, str] = {
    "consent": "only with consent",
    "legitimate_interest": "unless they object",
    "contract": "as part of what they ordered",
}
TOPICS_MAX, WORDINGS_MAX, WORDS_MAX = 60, 50, 5_000
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Sql(Statements, file="consenting.sql"):
    words_of: Query
    keep_words: Query
    rule: Query


SQL = Sql()


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something people hear of and can choose."""

    key: str
    title: str  # As people read it when they choose.
    description: str = ""
    purpose: str = ""  # What the data is used for, for the record of processing.
    channels: tuple[str, ...] = ("email",)
    basis: Basis = "consent"  # What holds while somebody has said nothing.
    own_consent: bool = False  # Agreeing to the channel as a whole is not enough.
    double_opt_in: bool = False  # What was not confirmed by the owner of the address does not count.
    wordings: dict[str, str] = {}  # What is agreed to, by version; a version never says something else later.

    @property
    def newest(self) -> tuple[str, str] | None:
        """The version of the wording that holds now, and its words: 10 comes after 9."""
        return max(self.wordings.items(), key=lambda one: (len(one[0]), one[0]), default=None)


class ConsentPolicy(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    title: str
    topics: tuple[Topic, ...] = ()
    basis: Basis = "consent"  # Of messages that name no topic, or one that is not listed.
    tracking: Literal["consent", "allowed"] = "consent"  # Whether opens and clicks of somebody silent count.
    # Whether choosing people by segment is profiling, so that those who objected are left out.
    targeting_is_profiling: bool = True
    # Channels for which the consent that a page tells counts; its key is public, so anybody could tell it.
    believe_pages: tuple[str, ...] = ()
    # Who asked for less gets nothing for so many days after a message.
    less_often_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30

    def topic(self, key: str) -> Topic | None:
        return next((one for one in self.topics if one.key == key), None)

    def basis_of(self, key: str) -> Basis:
        found = self.topic(key)
        return found.basis if found else self.basis


BUILT_IN_CONSENT = ConsentPolicy(title="Built in", basis="legitimate_interest")


def consent_policy(tx: Tx) -> ConsentPolicy:
    """What holds now: the live policy, or the built-in one when none is live."""
    found = live(tx, CONSENT_POLICY, KEY)
    return found.body if found else BUILT_IN_CONSENT


def policy_sentence(body: ConsentPolicy) -> str:
    """What is sent to somebody who has said nothing, in one sentence."""
    said = [
        f"{', '.join(one.title for one in body.topics if one.basis == basis)} {words}"
        for basis, words in BASES.items()
        if any(one.basis == basis for one in body.topics)
    ]
    said.append(f"anything else {BASES[body.basis]}")
    counted = "only with consent" if body.tracking == "consent" else "unless they object"
    return f"Sends {'; '.join(said)}; opens and clicks are counted {counted}."


def _validate(body: ConsentPolicy, _lookup: Lookup) -> list[Finding]:
    return [Finding(path=path, code="consent.policy", message=message) for path, message in _problems(body)]


def _problems(body: ConsentPolicy) -> Iterator[tuple[str, str]]:
    if not body.title.strip():
        yield "title", "Give the policy a title."
    if len(body.topics) > TOPICS_MAX:
        yield "topics", f"{len(body.topics)} topics are more than anybody chooses from; {TOPICS_MAX} at most."
    if body.basis == "contract":
        yield "basis", "Only a topic of its own can be part of a contract: list it under topics."
    for place, name in enumerate(body.believe_pages):
        if name not in (*CONSENT_CHANNELS, TRACKING):
            yield f"believe_pages[{place}]", f"{name!r} is no channel; there are {_known()} and {TRACKING}."
    seen: set[str] = set()
    for place, topic in enumerate(body.topics):
        if topic.key in seen:
            yield f"topics[{place}].key", f"{topic.key!r} is listed twice."
        seen.add(topic.key)
        yield from ((f"topics[{place}].{path}", text) for path, text in _topic_problems(topic))


def _topic_problems(topic: Topic) -> Iterator[tuple[str, str]]:
    if not NAME.fullmatch(topic.key):
        yield "key", f"{topic.key[:80]!r} is no key: small letters, digits, - and _, at most 63."
    if not topic.title.strip():
        yield "title", "Give the topic a title; people choose by it."
    unknown = [name for name in topic.channels if name not in CONSENT_CHANNELS]
    if unknown or not topic.channels or len(set(topic.channels)) < len(topic.channels):
        found = ", ".join(topic.channels) or "none"
        yield "channels", f"Name each channel once, of {_known()}; found {found[:200]}."
    if topic.double_opt_in and topic.basis != "consent":
        yield "double_opt_in", f"A double opt-in confirms a consent; this topic is sent {BASES[topic.basis]}."
    if len(topic.wordings) > WORDINGS_MAX:
        yield "wordings", f"{len(topic.wordings)} wordings; {WORDINGS_MAX} are the most."
    for version, words in topic.wordings.items():
        if not VERSION.fullmatch(version):
            yield f"wordings.{version[:63]}", "A version is a short name, such as 2 or 2026-03."
        if not 0 < len(words.strip()) <= WORDS_MAX:
            yield (
                f"wordings.{version[:63]}",
                f"Give the words that people agree to, {WORDS_MAX:,} signs at most.",
            )


def _known() -> str:
    return ", ".join(CONSENT_CHANNELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    topic: str
    version: str
    words: str


def _preview(tx: Tx, definition: Definition[ConsentPolicy], _at: datetime) -> Preview:
    changed = _changed_words(tx, definition.body)
    return Preview(
        headline=policy_sentence(definition.body),
        facts=tuple(
            (one.title, f"{', '.join(one.channels)}: {BASES[one.basis]}") for one in definition.body.topics
        ),
        warnings=tuple(_reworded(one) for one in changed),
    )


def _changed_words(tx: Tx, body: ConsentPolicy) -> list[Words]:
    """Wordings that were published under the same version with other words."""
    known = {
        (one.topic, one.version): one.words
        for one in rows(tx, SQL.words_of, Words, topics=[topic.key for topic in body.topics])
    }
    return [
        Words(topic=topic.key, version=version, words=words)
        for topic in body.topics
        for version, words in topic.wordings.items()
        if known.get((topic.key, version), words) != words
    ]


def _reworded(one: Words) -> str:
    return (
        f"Version {one.version} of the wording of {one.topic} was published with other words, which people "
        "agreed to; give the new words a version of their own."
    )


def _launch(tx: Tx, definition: Definition[ConsentPolicy], _actor: Actor, at: datetime) -> str:
    body = definition.body
    if definition.key != KEY:
        message = (
            f"Save it under the key {KEY!r}: a workspace has one consent policy, not {definition.key!r}."
        )
        raise Invalid(message, [Finding(path="key", code="consent.one_policy", message=message)])
    changed = _changed_words(tx, body)
    if changed:
        raise Conflict(_reworded(changed[0]))
    words = [(topic.key, *one) for topic in body.topics for one in topic.wordings.items()]
    run(
        tx,
        SQL.keep_words,
        topics=[one[0] for one in words],
        versions=[one[1] for one in words],
        words=[one[2] for one in words],
        at=at,
    )
    run(tx, SQL.rule, tracking_by_default=body.tracking == "allowed")
    return f"The policy holds from now on. {policy_sentence(body)}"


def _retire(tx: Tx, _definition: Definition[ConsentPolicy], _actor: Actor, _at: datetime) -> None:
    run(tx, SQL.rule, tracking_by_default=BUILT_IN_CONSENT.tracking == "allowed")


CONSENT_POLICY = Kind(
    name="consent-policy",
    title="Consent policy",
    plural="Consent policies",
    body=ConsentPolicy,
    sentence=policy_sentence,
    validate=_validate,
    preview=_preview,
    launch=_launch,
    retire=_retire,
)
