"""Why somebody got a message: the topic of its source and on which basis they hear of it, in one sentence."""

from dataclasses import dataclass

from regulars.customers import ConsentPolicy
from regulars.db import Tx
from regulars.kernel import local_day
from regulars.messaging import source_of_id
from regulars.preferences.model import Centre
from regulars.preferences.standing import Stood
from regulars.preferences.tokens import Link
from regulars.preferences.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a message was about; the empty topic is the channel as a whole."""

    channel: str
    topic: str


def about_of(tx: Tx, link: Link) -> About | None:
    """What the message was about whose link this is; None for a link from no campaign."""
    source = source_of_id(tx, link.source_id) if link.source_id and link.use != "preview" else None
    if source is None or source.purpose == "transactional":
        return None
    return About(channel=source.medium, topic=source.topic)


def title_of(policy: ConsentPolicy, centre: Centre, topic: str, words: Words) -> str:
    """What the customer calls a topic; empty for a channel as a whole, and for a topic nobody lists."""
    found = policy.topic(topic) if topic else None
    text = centre.texts.get(words.language)
    own = text.topics.get(topic) if text else None
    return (own.title if own else "") or (found.title if found else "")


def why(about: About, centre: Centre, policy: ConsentPolicy, stands: Stood, words: Words, zone: str) -> str:
    """One sentence; it names nothing that the company calls its campaigns."""
    title = title_of(policy, centre, about.topic, words)
    said = stands.said.get(("consent", about.channel, about.topic)) or stands.said.get(
        ("consent", about.channel, "")
    )
    if policy.basis_of(about.topic) == "contract" and title:
        return words("why_contract", topic=title)
    if said is not None:
        day, how = words.day(local_day(said.at, zone)), "why_consent" if said.given else "why_withdrawn"
        return words(how, topic=title, day=day) if title else words(f"{how}_all", day=day)
    return words("why_interest", topic=title) if title else words("why_interest_all")
