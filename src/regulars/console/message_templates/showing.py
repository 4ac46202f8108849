"""A template as a real customer would read it: in a frame that may do nothing, and with all that is wrong."""

from dataclasses import dataclass, replace

from regulars import access, customers, definitions, messaging
from regulars.console.message_templates.typed import Typed, body_of
from regulars.console.preview_masking import variables_seen
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.definitions import Definition
from regulars.kernel import Finding, Invalid, parse_public_id
from regulars.templates import TEMPLATE, Abort, Rendered, Template, checks, live_shelf, parts_written

SAMPLES = 8
# Somebody who does not exist, for a company that knows nobody yet.
NOBODY = {"customer": {"id": "cus_0", "name": "Ada Example", "first_name": "Ada", "email": "ada@example.com"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one customer would read, or why they would read nothing."""

    rendered: Rendered | None = None
    declined: str = ""
    findings: tuple[Finding, ...] = ()  # What keeps it from being published.
    warnings: tuple[Finding, ...] = ()
    sentence: str = ""


def judged(tx: Tx, visit: Visit, typed: Typed) -> tuple[Template | None, tuple[Finding, ...], str]:
    """The body the form means, what keeps it from being published, and its sentence."""
    try:
        body = definitions.decode(TEMPLATE.body, body_of(typed))
    except Invalid as wrong:
        return None, wrong.findings, ""
    drafted = _as_draft(typed, body, visit)
    return body, tuple(definitions.validate(tx, TEMPLATE, drafted)), TEMPLATE.sentence(body)


def _as_draft(typed: Typed, body: Template, visit: Visit) -> Definition[Template]:
    at = visit.app.wall.now()
    return Definition(
        kind=TEMPLATE.name,
        key=typed.key or "new",
        version=1,
        body=body,
        state="draft",
        scope=None,
        etag="",
        title=body.title,
        author_id=visit.actor.person_id,
        author=visit.actor.name,
        assisted=False,
        note=None,
        created_at=at,
        published_at=None,
        published_by=None,
        recorded_at=at,
    )


def show(tx: Tx, visit: Visit, typed: Typed, *, who: str, language: str) -> Shown:
    """Render for one customer; what is wrong with the template stands beside."""
    access.require(visit.actor, "definitions.view")
    access.require(visit.actor, "customers.view")
    body, findings, sentence = judged(tx, visit, typed)
    if body is None:
        return Shown(findings=findings)
    remarks = checks(body, live_shelf(tx, parts_written(body)))
    told = tuple(one.finding() for one in remarks if one.severity == "warning")
    shown = Shown(findings=findings, warnings=told, sentence=sentence)
    try:
        return replace(shown, rendered=rendered_for(tx, visit, body, who=who, language=language))
    except Abort as wish:
        return replace(shown, declined=str(wish))
    except Invalid as wrong:
        return replace(shown, findings=findings or wrong.findings)


def rendered_for(tx: Tx, visit: Visit, body: Template, *, who: str, language: str) -> Rendered:
    """What the customer called so would read; nobody named: somebody invented."""
    language = language or body.language
    fetch = visit.app.sender.fetch_now(tx)
    if not who:
        return messaging.rehearse_for_nobody(tx, body, NOBODY, language=language, fetch=fetch)
    number = parse_public_id("cus", who)
    more = variables_seen(tx, visit.actor, number)
    sender = visit.app.sender
    return messaging.rehearse(tx, sender, body, number, language=language, more=more, fetch=fetch)


def samples(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Some customers to look at it as: public id and name."""
    found = customers.list_page(tx, limit=SAMPLES).items
    return tuple((one.id, customers.conceal_text(one.title) or one.id) for one in found)
