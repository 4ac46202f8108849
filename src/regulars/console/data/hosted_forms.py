"""Hosted forms: where they are, who answered, who confirmed, and what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.responses import Response

from regulars import access, customers, definitions, forms
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import number
from regulars.console.parts import Column, Figure, Tab, Tone
from regulars.console.visit import Visiting, page
from regulars.db import Tx
from regulars.forms import FORM, Form, Submission
from regulars.kernel import Page

router = pages()
FORM_COLUMNS = (
    Column(title="Form"),
    Column(title="State"),
    Column(title="Answers", numeric=True),
    Column(title="Confirmed", numeric=True),
    Column(title="Last answer"),
)
ANSWER_COLUMNS = (
    Column(title="Answered"),
    Column(title="State"),
    Column(title="What was told"),
    Column(title="Agreed to"),
)
STATES: dict[str, tuple[str, Tone]] = {
    "pending": ("Waits for confirmation", "waiting"),
    "confirmed": ("Confirmed", "good"),
    "expired": ("Never confirmed", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    key: str
    title: str
    sentence: str
    live: bool
    answers: int
    confirmed: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormList:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[FormRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    href: str
    at: datetime
    confirmed_at: datetime | None
    word: str
    tone: Tone
    told: tuple[tuple[str, str], ...]
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    key: str
    form: Form
    live: bool
    address: str
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    rows: tuple[AnswerRow, ...]
    next_href: str


@router.get("/data/forms")
def form_list(visit: Visiting) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        counted = forms.counts(tx)
        heads = definitions.heads(tx, kind="form").items
        rows = tuple(_row(tx, head.key, counted) for head in heads)
    return page(
        visit,
        "data/forms/list.html",
        FormList(tabs=places.tabs("/data/forms"), columns=FORM_COLUMNS, rows=rows),
    )


@router.get("/data/forms/{key}")
def form(visit: Visiting, key: str, cursor: str | None = None) -> Response:
    access.require(visit.actor, "customers.view")
    may_see = access.allows(visit.actor, "customers.view_contacts").outcome == "yes"
    with visit.app.database.transaction() as tx:
        found = definitions.live(tx, FORM, key)
        body = found.body if found else definitions.get(tx, FORM, key).body
        answers = forms.submissions(tx, key, cursor)
        value = FormPage(
            key=key,
            form=body,
            live=found is not None,
            address=f"{visit.app.settings.address}/f/{key}",
            figures=_figures(tx, key),
            columns=ANSWER_COLUMNS,
            rows=_answers(tx, answers, may_see=may_see),
            next_href=f"/data/forms/{key}?cursor={quote(answers.next)}" if answers.next else "",
        )
    return page(visit, "data/forms/form.html", value)


def _row(tx: Tx, key: str, counted: Sequence[forms.StateCount]) -> FormRow:
    live = definitions.live(tx, FORM, key)
    body = live.body if live else definitions.get(tx, FORM, key).body
    own = [one for one in counted if one.form_key == key]
    return FormRow(
        key=key,
        title=body.title,
        sentence=FORM.sentence(body),
        live=live is not None,
        answers=sum(one.submissions for one in own),
        confirmed=sum(one.submissions for one in own if one.state == "confirmed"),
        last_at=max((one.last_at for one in own), default=None),
    )


def _figures(tx: Tx, key: str) -> tuple[Figure, ...]:
    states = {one.state: one.submissions for one in forms.counts(tx) if one.form_key == key}
    refused = forms.refusals(tx, key)
    why = ", ".join(f"{one.reason}: {number(one.refusals)}" for one in refused)
    return (
        Figure(label="Answers", value=number(sum(states.values())), note="ever"),
        Figure(label="Confirmed", value=number(states.get("confirmed", 0)), note="taken over", tone="good"),
        Figure(label="Waiting", value=number(states.get("pending", 0)), note="for a week at most"),
        Figure(
            label="Machines refused",
            value=number(sum(one.refusals for one in refused)),
            note=why or "none so far",
        ),
    )


def _answers(tx: Tx, found: Page[Submission], *, may_see: bool) -> tuple[AnswerRow, ...]:
    versions = {
        (one.form_key, one.version): definitions.get(tx, FORM, one.form_key, one.version).body
        for one in found.items
    }
    return tuple(
        _answer(tx, one, versions[one.form_key, one.version], may_see=may_see) for one in found.items
    )


def _answer(tx: Tx, one: Submission, asked: Form, *, may_see: bool) -> AnswerRow:
    word, tone = STATES[one.state]
    who = customers.find(tx, "anonymous_id", one.person_key)
    told = one.answers or {}
    shown = told if may_see else customers.masked_values(told)
    labels = {field.name: field.label for field in asked.fields}
    return AnswerRow(
        href=f"/customers/{customers.get(tx, who).id}" if who is not None else "",
        at=one.submitted_at,
        confirmed_at=one.confirmed_at,
        word=word,
        tone=tone,
        told=tuple((labels.get(name, name), _words(value)) for name, value in shown.items()),
        agreed=tuple(
            asked.agreements[place].wording for place in one.agreed if place < len(asked.agreements)
        ),
    )


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "yes" if value is True else str(value)
