"""Asking for the confirmation: one message an answer, through the send ledger like every other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars import customers, definitions
from regulars.db import Database, Tx, rows, run
from regulars.forms.kind import FORM
from regulars.forms.model import Submission
from regulars.forms.statements import SQL
from regulars.forms.tokens import confirmation, secret
from regulars.messaging import Sender, SourceName, enqueue, normalised, open_source
from regulars.messaging import carry_on as move
from regulars.templates import TEMPLATE

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    submission: Submission
    customer_id: int
    title: str


def carry_on(database: Database, sender: Sender, *, address: str, at: datetime) -> int:
    """Send what waits, and give how many left; `address` is where people reach the forms.

    An answer is asked for once its profile has the address, which the reader of customers brings. Killed
    between the ledger's row and the message, the ledger goes on from there.
    """
    with database.transaction() as tx:
        asked = _enqueue(tx, at)
        links = _links(tx, asked, address)
    for name in sorted({_source(one.submission) for one in asked}, key=lambda n: (n.key, n.version)):
        own = replace(sender, variables=_with_links(sender, links))
        move(database, own, name, at=at)
    with database.transaction() as tx:
        run(tx, SQL.mailed, submission_ids=[one.submission.submission_id for one in asked], at=at)
    return len(asked)


def _enqueue(tx: Tx, at: datetime) -> list[Asked]:
    waiting = rows(tx, SQL.waiting, Submission, after=0, limit=BATCH)
    found = [one for one in (_ready(tx, each) for each in waiting) if one is not None]
    # One of a person at a time: the ledger renders by person, and each answer has a link of its own.
    ready = list({one.customer_id: one for one in reversed(found)}.values())
    for one in ready:
        form = definitions.get(tx, FORM, one.submission.form_key, one.submission.version).body
        template = definitions.live(tx, TEMPLATE, form.template or "")
        assert template is not None, "A form that asks for confirmation keeps its template live."
        source = open_source(
            tx,
            _source(one.submission),
            channel=form.channel,
            template_key=template.key,
            template_version=template.version,
            at=at,
            purpose="transactional",  # They asked for it: it passes what they said of advertising before.
        )
        enqueue(tx, source, {one.customer_id: "treated"}, entry=one.submission.submission_id, at=at)
    return ready


def _ready(tx: Tx, found: Submission) -> Asked | None:
    """Only the address that was typed is asked, even if the profile has another one now."""
    customer_id = customers.find(tx, "anonymous_id", found.person_key)
    person = customers.by_ids(tx, [customer_id]).get(customer_id) if customer_id else None
    if person is None or found.email is None or normalised(person.email or "") != normalised(found.email):
        return None
    form = definitions.get(tx, FORM, found.form_key, found.version).body
    return Asked(submission=found, customer_id=person.customer_id, title=form.title)


def _source(found: Submission) -> SourceName:
    return SourceName(kind="form", key=found.form_key, version=found.version, step="confirm")


def _links(tx: Tx, asked: Sequence[Asked], address: str) -> dict[int, dict[str, Any]]:
    key = secret(tx)
    return {
        one.customer_id: {
            "form": {
                "title": one.title,
                "confirm_url": f"{address}/f/{one.submission.form_key}/confirm/"
                f"{confirmation(key, one.submission.submission_id)}",
            }
        }
        for one in asked
    }


def _with_links(sender: Sender, links: Mapping[int, Mapping[str, Any]]) -> Any:
    def variables(tx: Tx, customer_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        more = sender.variables(tx, customer_ids)
        return {number: {**more.get(number, {}), **links.get(number, {})} for number in customer_ids}

    return variables
