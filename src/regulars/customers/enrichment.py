"""Enrichment from an HTTP source: for whom it is asked, what is read from the answer, how long it holds."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from regulars import definitions, jobs
from regulars.customers.correcting import Enrichment, enrich
from regulars.db import Database, Query, Statements, Tx, one, rows, run
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.jobs import Progress
from regulars.kernel import Finding, NotFound, public_id
from regulars.outgoing import Answer, Refused, Unanswered, WayOut

ENRICH = "customers.enrich"  # A job: {"enrichment": key}.
WRITTEN_AT_ONCE = 20  # So many are asked for again at most when the process is killed.
PER_DAY_MAX, DAYS_MAX, VALUES_MAX = 100_000, 3650, 50
HELD_FIRST = 3  # After so many failures in a row the source rests until tomorrow.
PLACES = ("user_id", "email", "id")
PLACE = re.compile(r"\{([^{}]*)\}")
OK, NO_CONTENT, ABSENT = 200, 204, (404, 410)


class Sql(Statements, file="enrichment.sql"):
    due: Query
    note: Query
    tally: Query


SQL = Sql()


class EnrichmentBody(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An HTTP source that answers JSON about one customer."""

    name: str
    url: str  # With {user_id}, {email} or {id}, as in https://source.example/people/{email}.
    traits: dict[
        str, str
    ]  # Trait by the place of its value in the answer, as in company.size or list[0].name.
    description: str = ""
    headers: dict[str, str] = {}
    # The header that carries the secret enrichment/<key>, and what stands before it.
    secret_header: str | None = None
    secret_prefix: str = "Bearer "  # noqa: S105 - what stands before it
    expires_days: int | None = None
    again_days: int = 90
    per_day: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    customer_id: int
    user_id: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    person: Person
    outcome: str  # found, nothing, failed.
    note: str = ""
    traits: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichmentTally:
    asked: int
    found: int
    failed: int
    last_at: datetime | None


def enrichment_sentence(body: EnrichmentBody) -> str:
    until = f" and forgets it after {body.expires_days} days" if body.expires_days else ""
    told = ", ".join(body.traits.values()) or "nothing"
    return f"Asks {_host(body.url)} for {told} of up to {body.per_day:,} customers a day{until}"


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].rpartition("@")[2] or url[:40]


def validate_enrichment(body: EnrichmentBody, _lookup: Lookup) -> list[Finding]:
    found = []
    named = PLACE.findall(body.url)
    if not body.url.startswith(("https://", "http://")) or PLACE.search(_host(body.url)):
        found.append(_finding("url", "Write an address beginning with https://, its host in full."))
    if not named or any(name not in PLACES for name in named):
        message = f"Say where the customer goes with one of {', '.join('{' + name + '}' for name in PLACES)}."
        found.append(_finding("url", message))
    if not 0 < len(body.traits) <= VALUES_MAX or not all(body.traits.values()) or not all(body.traits):
        found.append(_finding("traits", f"Give 1 to {VALUES_MAX} places with the trait each becomes."))
    for name in ("per_day", "again_days", "expires_days"):
        number, most = getattr(body, name), PER_DAY_MAX if name == "per_day" else DAYS_MAX
        if number is not None and not 0 < number <= most:
            found.append(_finding(name, f"Give a number from 1 to {most:,}; found {number:,}."))
    texts = [*body.headers, *body.headers.values(), body.secret_header or "", body.secret_prefix]
    if any(not text.isascii() or not text.isprintable() for text in texts):
        found.append(_finding("headers", "Headers are plain printable signs."))
    return found


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code=f"enrichment.{path}", message=message)


def preview_enrichment(tx: Tx, definition: Definition[EnrichmentBody], at: datetime) -> Preview:
    body = definition.body
    ready = len(_due(tx, definition.key, body, at, body.per_day))
    return Preview(
        headline=f"{enrichment_sentence(body)}.",
        facts=(("Asked for on the first day", f"{ready:,} customers"),),
        warnings=("What identifies each of them leaves this machine.",),
    )


ENRICHMENT = Kind(
    name="enrichment",
    title="Enrichment",
    plural="Enrichments",
    body=EnrichmentBody,
    sentence=enrichment_sentence,
    validate=validate_enrichment,
    preview=preview_enrichment,
)


def due_enrichments(tx: Tx, at: datetime) -> int:
    """Ask for today's run of every live source; gives how many."""
    live = definitions.all_live(tx, ENRICHMENT)
    for found in live:
        jobs.defer(
            tx,
            ENRICH,
            {"enrichment": found.key},
            requested_by="Regulars",
            key=f"enrich:{found.key}:{at.date()}",
        )
    return len(live)


def enrichment_tally(tx: Tx, key: str) -> EnrichmentTally:
    """How many a source was asked for, and what came of it."""
    return one(tx, SQL.tally, EnrichmentTally, key=key)


@dataclass(frozen=True, kw_only=True)
class Enricher:
    """Asks a source for the customers that are due, with what the composition root gives it."""

    database: Database
    way: WayOut
    secret: Callable[[Tx, str], str | None]  # The value that counts of a named secret.
    now: Callable[[Tx], datetime]

    def run(self, key: str, progress: Progress | None = None) -> dict[str, Any]:
        """One day's share; what is learnt is written every few customers, so that a kill loses little."""
        with self.database.transaction() as tx:
            found = definitions.live(tx, ENRICHMENT, key)
            if found is None:
                raise NotFound(f"There is no live enrichment {key!r}.")
            body, at = found.body, self.now(tx)
            people = _due(tx, key, body, at, body.per_day)
            headers = self._headers(tx, key, body)
        told = {"found": 0, "nothing": 0, "failed": 0}
        waiting: list[Outcome] = []
        in_a_row = 0
        for number, person in enumerate(people, 1):
            outcome = ask(self.way, body, person, headers)
            told[outcome.outcome] += 1
            waiting.append(outcome)
            in_a_row = in_a_row + 1 if outcome.outcome == "failed" else 0
            if len(waiting) == WRITTEN_AT_ONCE or number == len(people) or in_a_row == HELD_FIRST:
                self._write(key, body, waiting, at)
                waiting = []
                if progress is not None:
                    progress.update(number, len(people), unit="customers")
            if in_a_row == HELD_FIRST:
                break
        return {**told, "rests": in_a_row == HELD_FIRST}

    def _headers(self, tx: Tx, key: str, body: EnrichmentBody) -> dict[str, str]:
        secret = self.secret(tx, f"enrichment/{key}") if body.secret_header else None
        own = {body.secret_header: f"{body.secret_prefix}{secret}"} if body.secret_header and secret else {}
        return {"accept": "application/json", **body.headers, **own}

    def _write(self, key: str, body: EnrichmentBody, outcomes: Sequence[Outcome], at: datetime) -> None:
        until = at + timedelta(days=body.expires_days) if body.expires_days else None
        with self.database.transaction() as tx:
            enrich(
                tx,
                [
                    Enrichment(
                        kind="customer",
                        identifier=str(one_of.person.customer_id),
                        traits=one_of.traits,
                        source=key,
                        expires_at=until,
                    )
                    for one_of in outcomes
                    if one_of.traits
                ],
                at=at,
            )
            run(
                tx,
                SQL.note,
                key=key,
                at=at,
                ids=[one_of.person.customer_id for one_of in outcomes],
                outcomes=[one_of.outcome for one_of in outcomes],
                notes=[one_of.note for one_of in outcomes],
            )


def _due(tx: Tx, key: str, body: EnrichmentBody, at: datetime, limit: int) -> list[Person]:
    named = PLACE.findall(body.url)
    return rows(
        tx,
        SQL.due,
        Person,
        key=key,
        by_user_id="user_id" in named,
        by_email="email" in named,
        since=at - timedelta(days=body.again_days),
        limit=limit,
    )


def ask(way: WayOut, body: EnrichmentBody, person: Person, headers: Mapping[str, str]) -> Outcome:
    """Ask for one customer; whatever goes wrong is an outcome with its reason."""
    places = {
        "user_id": person.user_id or "",
        "email": person.email or "",
        "id": public_id("cus", person.customer_id),
    }
    url = PLACE.sub(lambda place: quote(places.get(place.group(1), ""), safe=""), body.url)
    try:
        answer = way.request("GET", url, headers=headers)
    except (Refused, Unanswered) as cause:
        return Outcome(person=person, outcome="failed", note=str(cause)[:200], traits={})
    return _read(body, person, answer)


def _read(body: EnrichmentBody, person: Person, answer: Answer) -> Outcome:
    if answer.status in ABSENT or answer.status == NO_CONTENT:
        return Outcome(person=person, outcome="nothing", traits={})
    try:
        if answer.status != OK:
            raise ValueError(f"It answered {answer.status}.")
        plain = json.loads(answer.content)
    except (ValueError, RecursionError) as cause:
        return Outcome(person=person, outcome="failed", note=str(cause)[:200], traits={})
    traits = {
        trait: value for place, trait in body.traits.items() if (value := at_place(plain, place)) is not None
    }
    return Outcome(person=person, outcome="found" if traits else "nothing", traits=traits)


def at_place(plain: Any, place: str) -> Any:
    """What stands at company.people[0].name; None where nothing does.

    >>> at_place({"a": [{"b": 1}]}, "a[0].b"), at_place({"a": 1}, "a.b.c")
    (1, None)
    """
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", place):
        if step.startswith("["):
            number = int(step[1:-1])
            plain = plain[number] if isinstance(plain, list) and number < len(plain) else None
        else:
            plain = plain.get(step) if isinstance(plain, dict) else None
    return plain
