"""The record of processing: what is held, why, how long, who sees it, where it comes from and leaves to.

Nothing in it is written by hand: it is read from the live configuration each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars import channels, connections, customers, definitions, events, forms, webhooks
from regulars.access import FUNCTIONS, PERMISSIONS, function_words, level_words
from regulars.db import Tx
from regulars.definitions import Kind
from regulars.exports import ExportBody
from regulars.privacy.keeping import KEPT
from regulars.privacy.retention import retention
from regulars.privacy.subject import Subject
from regulars.settings import Settings

BASES = {
    "consent": "consent",
    "legitimate_interest": "legitimate interest",
    "contract": "contract",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One kind of processing."""

    what: str
    why: str
    basis: str
    how_long: str
    who_sees: str
    stays: str  # After an erasure.


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A way by which data comes in or leaves."""

    way: str  # Source, webhook, export, channel, ...
    name: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    workspace: str
    made_at: datetime
    activities: tuple[Activity, ...]
    comes_from: tuple[Party, ...]
    leaves_to: tuple[Party, ...]
    sensitive: tuple[str, ...]  # Traits that are declared so, by path.
    measures: tuple[str, ...]


HERE, STORE, FOLDER = "stays in this database", "an S3 store", "a folder of this installation"
MEASURES = (
    "People act by level, function and scope; what is above them is asked for and decided by others.",
    "Contact details are masked for whoever does not need them; each change and copy is in the audit.",
    "Secrets are sealed, passwords and keys kept as hashes; suppressed addresses are keyed hashes.",
    "Erasing reaches database, lake and files; the list of the erased is replayed after a restore.",
)


def record(
    tx: Tx,
    subjects: Sequence[Subject],
    settings: Settings,
    *,
    exported: Kind[ExportBody],
    at: datetime,
) -> Record:
    """The record as the configuration has it now."""
    days = retention(tx).days
    personal = [one.path for one in customers.declared_traits(tx) if one.personal == "sensitive"]
    return Record(
        workspace=settings.workspace,
        made_at=at,
        activities=(*_topics(tx), *(_activity(one, days, settings) for one in subjects)),
        comes_from=tuple(_comes_from(tx)),
        leaves_to=tuple(_leaves_to(tx, settings, exported)),
        sensitive=tuple(sorted(personal)),
        measures=MEASURES,
    )


def _activity(one: Subject, days: Mapping[str, int], settings: Settings) -> Activity:
    return Activity(
        what=one.title,
        why=one.why,
        basis=one.basis,
        how_long=_how_long(one, days, settings),
        who_sees=seen_by(one.seen_by),
        stays=one.keeps or "nothing",
    )


def _how_long(one: Subject, days: Mapping[str, int], settings: Settings) -> str:
    if one.setting:
        return f"{getattr(settings, one.setting):,} days"
    told = [f"{KEPT[kind].title.lower()} {days[kind]:,} days" for kind in one.kept if kind in days]
    if told:
        return "; ".join(told)
    return one.how_long or "until the customer is erased"


def seen_by(action: str) -> str:
    """Who may, by the table of permissions: functions, and from which level.

    >>> seen_by("privacy.erase")
    'privacy, from somebody who enables'
    """
    row = PERMISSIONS[action]
    everybody = len(row.functions) == len(FUNCTIONS)
    if everybody and row.level == 1:
        return "everybody who works here"
    functions = "everybody" if everybody else ", ".join(map(function_words, row.functions))
    return f"{functions}, from somebody who {level_words(row.level)}"


def _topics(tx: Tx) -> list[Activity]:
    """What customers may hear of, each with its purpose and basis."""
    return [
        Activity(
            what=f"Messages: {topic.title}",
            why=topic.purpose or topic.description or "Writing to the customer",
            basis=BASES[topic.basis],
            how_long="until the customer withdraws or objects",
            who_sees=seen_by("campaigns.draft"),
            stays="that somebody agreed or withdrew",
        )
        for topic in customers.consent_policy(tx).topics
    ]


def _comes_from(tx: Tx) -> list[Party]:
    told = []
    ways: tuple[tuple[str, Kind[Any], str], ...] = (
        ("source", events.SOURCE, "events of customers"),
        ("connection", connections.CONNECTION, "what the shop or till tells"),
        ("file drop", connections.FILE_DROP, "rows of files"),
        ("form", forms.FORM, "what customers tell of themselves"),
        ("enrichment", customers.ENRICHMENT, "traits from another system"),
    )
    for way, kind, what in ways:
        for one in definitions.all_live(tx, kind):
            where = str(getattr(one.body, "place", "") or getattr(one.body, "url", "") or one.key)
            told.append(Party(way=way, name=one.title, where=where, what=what))
    return told


def _leaves_to(tx: Tx, settings: Settings, exported: Kind[ExportBody]) -> list[Party]:
    return [
        *(
            Party(
                way="webhook",
                name=one.title,
                where=webhooks.host_of(one.body.url),
                what=f"{len(one.body.events)} kinds of events, contact details {one.body.contacts}",
            )
            for one in definitions.all_live(tx, webhooks.WEBHOOK)
        ),
        *(_export(one.title, one.body) for one in definitions.all_live(tx, exported)),
        *(
            Party(
                way="channel",
                name=name,
                where="stays in this database" if name == "recording" else name,
                what="messages",
            )
            for name in channels.CHANNELS
        ),
        Party(
            way="lake",
            name="The lake",
            where="an S3 store"
            if (settings.lake or "").startswith("s3://")
            else "a folder of this installation",
            what="events, orders, ledger entries and messages",
        ),
    ]


def _export(title: str, body: ExportBody) -> Party:
    return Party(
        way="export", name=title, where=body.place, what=f"{body.listing}, contact details {body.contacts}"
    )
