"""All templates: what each says, by which medium, in which languages, and what uses it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from regulars import access, definitions
from regulars.app import App
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.message_templates.typed import MEDIA
from regulars.console.parts import Column, Tone
from regulars.console.visit import Visiting, page
from regulars.db import Tx
from regulars.definitions import Definition
from regulars.kernel import fold
from regulars.templates import TEMPLATE, Template

router = pages()
COLUMNS = (
    Column(title="Template"),
    Column(title="Medium"),
    Column(title="Languages"),
    Column(title="State"),
    Column(title="Used by"),
    Column(title="Changed"),
)
FOUND_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    key: str
    title: str
    subject: str
    medium: str
    languages: str
    state: str
    tone: Tone
    users: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateList:
    lines: tuple[TemplateLine, ...]
    all_count: int
    search: str
    medium: str
    media: tuple[tuple[str, str], ...]
    may_draft: bool
    columns: tuple[Column, ...] = COLUMNS


@router.get("/templates")
def listed(
    visit: Visiting, q: Annotated[str, Query()] = "", medium: Annotated[str, Query()] = ""
) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        every = lines(tx)
    wanted = fold(q)
    shown = tuple(
        one
        for one in every
        if (not medium or one.medium == dict(MEDIA).get(medium))
        and (not wanted or wanted in fold(f"{one.title} {one.key} {one.subject}"))
    )
    may = access.allows(visit.actor, "definitions.draft", kind=TEMPLATE.name).outcome != "no"
    value = TemplateList(
        lines=shown,
        all_count=len(every),
        search=q,
        medium=medium,
        media=(("", "Every medium"), *MEDIA),
        may_draft=may,
    )
    return page(visit, "message_templates/list.html", value)


def lines(tx: Tx) -> list[TemplateLine]:
    """Every template that is live or drafted, by its name."""
    found: dict[str, Definition[Template]] = {one.key: one for one in definitions.all_live(tx, TEMPLATE)}
    drafts = {one.key: one for one in definitions.all_drafts(tx, TEMPLATE)}
    return sorted(
        (
            _line(tx, drafts.get(key) or found[key], live=key in found, drafted=key in drafts)
            for key in {*found, *drafts}
        ),
        key=lambda one: fold(one.title),
    )


def _line(tx: Tx, one: Definition[Template], *, live: bool, drafted: bool) -> TemplateLine:
    said = (one.body.language, *(variant.language for variant in one.body.variants))
    languages = [language for language in said if language]
    state: tuple[str, Tone] = ("Live", "good") if live else ("Draft", "waiting")
    if live and drafted:
        state = ("Live, with a draft", "good")
    return TemplateLine(
        key=one.key,
        title=one.title,
        subject=one.body.subject or one.body.text[:80],
        medium=dict(MEDIA)[one.body.medium],
        languages=", ".join(languages),
        state=state[0],
        tone=state[1],
        users=len(definitions.used_by(tx, TEMPLATE.name, one.key)),
        changed_at=one.created_at,
    )


def find(app: App, actor: access.Actor, asked: str) -> list[Found]:
    """The templates that the palette offers for some words."""
    if access.allows(actor, "definitions.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        every = lines(tx)
    wanted = fold(asked)
    return [
        Found(
            title=one.title, href=f"/templates/{one.key}/edit", kind="Template", icon="mail", note=one.medium
        )
        for one in every
        if wanted in fold(f"{one.title} {one.subject}")
    ][:FOUND_MAX]
