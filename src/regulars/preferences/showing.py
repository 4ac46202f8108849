"""What the page shows: everything worked out, so that whoever renders it decides nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars import customers
from regulars.customers import BUILT_IN_CONSENT, Consent, ConsentPolicy, Standing, Topic
from regulars.db import Tx
from regulars.kernel import local_day
from regulars.preferences.centre import centre_of
from regulars.preferences.holder import Holder, ways_in
from regulars.preferences.links import key
from regulars.preferences.model import Centre
from regulars.preferences.offer import WHOLE, Shelf, shelves
from regulars.preferences.reason import about_of, title_of, why
from regulars.preferences.standing import Stood, stood
from regulars.preferences.tokens import opened
from regulars.preferences.words import LANGUAGES, Words, chosen, words

SAID_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of what somebody said of consent."""

    day: str
    what: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Shown to a proven person only."""

    name: str
    email: str
    phone: str
    since: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    words: Words
    centre: Centre
    version: str  # Of what is shown: another one when it is saved, and it is shown again.
    nonce: str
    title: str
    intro: str
    languages: tuple[tuple[str, str], ...]  # Key and name.
    locale: str  # Of the customer, among them; empty when it is none of them.
    shelves: tuple[Shelf, ...]
    every_days: int  # 0: as usual.
    fewer_days: tuple[int, ...]
    paused_until: str
    is_paused: bool
    profiling: bool
    tracking: bool
    why: str
    personal: Personal | None
    ways_in: tuple[tuple[str, str], ...]  # Of a shared address: an initial and a link each.
    shared: bool
    may_choose: bool
    staff: bool
    preview: bool = False


def page_of(tx: Tx, holder: Holder, wanted: Sequence[str], *, at: datetime, now: datetime, zone: str) -> Page:
    """The page of whoever holds the link; `wanted` are languages, the best first."""
    found = centre_of(tx)
    centre, policy = found.body, customers.consent_policy(tx)
    stands = stood(tx, holder.customer.customer_id, now)
    own = stands.locale or _trait(holder.customer.traits.get("locale"))
    offered = [language for language in LANGUAGES if language in centre.texts]
    spoken = words(chosen(offered, [*wanted[:1], own, *wanted[1:]], centre.language))
    about = about_of(tx, holder.link)
    page = _page(centre, policy, stands.standing, spoken, at=at, zone=zone)
    return replace(
        page,
        version=f"{found.version}.{_fingerprint(policy)}",
        nonce=opened(key(tx), f"page:{holder.customer.customer_id}", now),
        locale=chosen(offered, [own], ""),
        why=why(about, centre, policy, stands, spoken, zone) if about else "",
        personal=_personal(tx, holder, centre, policy, spoken, zone) if holder.proven else None,
        ways_in=ways_in(tx, holder) if holder.link.use == "fresh" and holder.sharers else (),
        shared=bool(holder.sharers),
        may_choose=holder.may_choose,
        staff=holder.link.use == "staff",
    )


def preview_of(tx: Tx, version: int, wanted: Sequence[str], *, at: datetime, zone: str) -> Page:
    """The page as a version of the definition has it, with somebody invented who has said nothing."""
    centre, policy = centre_of(tx, version).body, customers.consent_policy(tx)
    offered = [language for language in LANGUAGES if language in centre.texts]
    spoken = words(chosen(offered, wanted, centre.language))
    if not policy.topics:
        example = Topic(key="news", title=spoken("example_topic"))
        policy = replace_topics(policy, (example,))
    page = _page(centre, policy, Standing(customer_id=0), spoken, at=at, zone=zone)
    day = spoken.day(local_day(at, zone))
    person = Personal(name="Ada Example", email="ada@example.com", phone="", since=day, said=())
    return replace(page, personal=person, preview=True)


def replace_topics(policy: ConsentPolicy, topics: tuple[Topic, ...]) -> ConsentPolicy:
    return ConsentPolicy(title=policy.title or BUILT_IN_CONSENT.title, topics=topics, basis=policy.basis)


def _page(
    centre: Centre, policy: ConsentPolicy, stands: Standing, spoken: Words, *, at: datetime, zone: str
) -> Page:
    text = centre.texts.get(spoken.language) or centre.texts[centre.language]
    every = (stands.every_days or policy.less_often_days) if stands.less_often else 0
    until = stands.pause_until if stands.paused(at) else None
    return Page(
        words=spoken,
        centre=centre,
        version="",
        nonce="",
        title=text.title,
        intro=text.intro,
        languages=tuple(
            (language, LANGUAGES[language]("name")) for language in LANGUAGES if language in centre.texts
        ),
        locale=spoken.language,
        shelves=shelves(centre, policy, stands, at, spoken),
        every_days=every,
        fewer_days=tuple(sorted({*centre.fewer_days, *((every,) if every else ())})),
        paused_until=spoken.day(local_day(until, zone)) if until else "",
        is_paused=stands.paused(at),
        profiling=not stands.profiling_objected,
        tracking=stands.tracking_allowed,
        why="",
        personal=None,
        ways_in=(),
        shared=False,
        may_choose=True,
        staff=False,
    )


def _trait(locale: object) -> str:
    return locale if isinstance(locale, str) else ""


def _fingerprint(policy: ConsentPolicy) -> str:
    """Changes when anything that people choose from does."""
    told = "\x1f".join(
        f"{topic.key}\x1e{topic.title}\x1e{topic.channels}\x1e{topic.wordings}" for topic in policy.topics
    )
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _personal(
    tx: Tx, holder: Holder, centre: Centre, policy: ConsentPolicy, spoken: Words, zone: str
) -> Personal:
    customer = holder.customer
    history = [
        one
        for one in customers.consent_history(tx, customer.customer_id)
        if one.about == "consent" and one.believed
    ]
    return Personal(
        name=customer.name or "",
        email=customer.email or "",
        phone=customer.phone or "",
        since=spoken.day(local_day(customer.first_seen_at, zone)),
        said=tuple(_said(one, centre, policy, spoken, zone) for one in history[:SAID_MAX]),
    )


def _said(one: Consent, centre: Centre, policy: ConsentPolicy, spoken: Words, zone: str) -> Said:
    if one.channel == customers.TRACKING:
        what = spoken("tracking_short")
    else:
        title = title_of(policy, centre, one.topic, spoken) or one.topic or spoken("said_of_all")
        what = f"{title} {spoken.channel(one.channel)}"
    return Said(day=spoken.day(local_day(one.occurred_at, zone)), what=what, given=one.given)


__all__ = ["WHOLE", "Page", "Personal", "Said", "Stood", "page_of", "preview_of"]
