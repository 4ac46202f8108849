"""Consent, kept as it was said: append-only; the present state is the last word of all that count.

Beside consent the same log keeps what else people ask of us: no profiling, restriction, a pause, less often.
Everything is told by events, so that a merge or a split carries it along: a row stays with its atom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from regulars.customers.consenting import consent_policy
from regulars.customers.provenance import atoms_of
from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.log import Span

HISTORY_MAX = 200
About = Literal["consent", "profiling", "processing", "pause", "frequency"]
# The event that says it, by what it is about and whether it is given or taken back.
EVENT_OF: Mapping[tuple[About, bool], str] = {
    ("consent", True): "Consent Given",
    ("consent", False): "Consent Withdrawn",
    ("profiling", True): "Profiling Allowed",
    ("profiling", False): "Profiling Objected",
    ("processing", True): "Processing Resumed",
    ("processing", False): "Processing Restricted",
    ("pause", True): "Messages Resumed",
    ("pause", False): "Messages Paused",
    ("frequency", True): "Usual Messages Asked",
    ("frequency", False): "Fewer Messages Asked",
}
NAMES = list(EVENT_OF.values())


class Sql(Statements, file="consent.sql"):
    tells: Query
    keep: Query
    present: Query
    history: Query
    latest: Query
    held: Query
    erase: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One statement with its proof."""

    VIA: ClassVar[Mapping[str, str]] = {
        "page": "told by a page",
        "server": "told by a server",
        "form": "in a form",
        "import": "by an import",
        "hand": "recorded by hand",
        "preferences": "in the preference centre",
    }
    DOUBTS: ClassVar[Mapping[str, str]] = {
        "page": "the key in a page is public, so anybody could have told it",
        "unconfirmed": "the owner of the address did not confirm it",
    }

    about: About
    channel: str
    topic: str  # Empty: the channel as a whole.
    given: bool
    source: str
    basis: str | None
    purpose: str | None
    wording: str | None  # What they were shown.
    wording_version: str | None
    ip: str | None
    asked_at: datetime | None  # Of a double opt-in; then it was confirmed when and from where it occurred.
    asked_ip: str | None
    until: datetime | None  # Of a pause; None: until they say otherwise.
    every_days: int | None  # Of less often; None: as the policy says.
    via: str | None  # None where it was told before this was kept.
    recorded_by: str | None
    reason: str | None
    believed: bool
    doubt: str | None
    occurred_at: datetime
    position: int  # Of the event that told it.

    @property
    def how(self) -> str:
        """As in "in a form (form newsletter, version 3)"."""
        by = f" by {self.recorded_by}" if self.recorded_by else ""
        return f"{self.VIA.get(self.via or '', 'told')}{by}{f' ({self.source})' if self.source else ''}"


def keep_consents(tx: Tx, span: Span) -> None:
    """Keep what a range of the log tells; whether a word counts is decided by the policy that holds then."""
    if not value(tx, SQL.tells, after=span.after, to=span.to, names=NAMES):
        return
    policy = consent_policy(tx)
    run(
        tx,
        SQL.keep,
        after=span.after,
        to=span.to,
        names=NAMES,
        abouts=[about for about, _ in EVENT_OF],
        givens=[given for _, given in EVENT_OF],
        believe_pages=list(policy.believe_pages),
        double_opt_in=[topic.key for topic in policy.topics if topic.double_opt_in],
    )


def consents(tx: Tx, customer_id: int) -> list[Consent]:
    """What a customer consents to now or no longer, by channel and topic."""
    return rows(tx, SQL.present, Consent, atoms=atoms_of(tx, customer_id), consent=True)


def wishes(tx: Tx, customer_id: int) -> list[Consent]:
    """The last word on profiling, processing, a pause and less often, where there is one."""
    return rows(tx, SQL.present, Consent, atoms=atoms_of(tx, customer_id), consent=False)


def consent_history(tx: Tx, customer_id: int) -> list[Consent]:
    """Everything a customer said, the latest first, also what does not count."""
    return rows(tx, SQL.history, Consent, atoms=atoms_of(tx, customer_id), limit=HISTORY_MAX)


def last_said_at(tx: Tx, customer_id: int) -> datetime | None:
    found: datetime | None = value(tx, SQL.latest, atoms=atoms_of(tx, customer_id))
    return found


def consents_held(tx: Tx, atoms: Sequence[int]) -> int:
    """How many statements still say of whom they were."""
    return int(value(tx, SQL.held, atoms=list(atoms)))


def erase_consents(tx: Tx, atoms: Sequence[int], at: datetime) -> int:
    """Empty the proof of these atoms; that somebody withdrew or objected is kept, without saying who."""
    return run(tx, SQL.erase, atoms=list(atoms), at=at)
