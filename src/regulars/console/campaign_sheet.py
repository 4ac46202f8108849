"""The final sheet before a launch: whom it meets, what else they get, how it reads to three of them."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access, campaigns, customers, definitions, messaging
from regulars.campaigns import CAMPAIGN, Campaign, Sheet
from regulars.console.campaign_figures import STATES
from regulars.console.campaigns import Top, top
from regulars.console.formats import count_of, number
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Figure, Tone
from regulars.console.preview_masking import variables_seen
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.definitions import Definition, Preview
from regulars.kernel import Finding
from regulars.messaging import REASONS
from regulars.templates import Abort, Template, checks, live_shelf, parts_written

CONFLICT_COLUMNS = (
    Column(title="Campaign"),
    Column(title="State"),
    Column(title="Goes out"),
    Column(title="The same people", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How the message reads to one real person."""

    chip: Chip
    subject: str
    text: str
    aborted: str  # Why this person would not be sent it after all.


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    title: str
    href: str
    state: str
    tone: Tone
    starts_at: datetime
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPage:
    top: Top
    sentence: str
    preview: Preview
    figures: tuple[Figure, ...]
    conflicts: tuple[ConflictRow, ...]
    conflict_columns: tuple[Column, ...]
    remarks: tuple[str, ...]  # What the checks of the message say.
    samples: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    etag: str
    decision: access.Decision
    button: str
    assisted: bool
    author: str


def launch_page(tx: Tx, visit: Visit, found: Definition[Campaign]) -> LaunchPage:
    at = visit.app.now(tx)
    salt = campaigns.salt_of(found.key, found.version)
    made = campaigns.sheet(tx, found, at, salt=salt)
    decision = access.allows(
        visit.actor, "definitions.publish", kind=CAMPAIGN.name, scope=found.scope, solo=access.solo(tx)
    )
    return LaunchPage(
        top=top(tx, visit.actor, found.key, ""),
        sentence=campaigns.sentence(found.body),
        preview=campaigns.preview_of(tx, found.body, made, at),
        figures=figures(found.body, made),
        conflicts=tuple(conflict_row(tx, one) for one in made.conflicts),
        conflict_columns=CONFLICT_COLUMNS,
        remarks=remarks(tx, made.template),
        samples=tuple(samples(tx, visit, made)),
        findings=tuple(definitions.validate(tx, CAMPAIGN, found)),
        etag=found.etag,
        decision=decision,
        button=button_of(made.get_it, decision),
        assisted=found.assisted,
        author=found.author,
    )


def button_of(get_it: int, decision: access.Decision) -> str:
    verb = "Ask to send" if decision.outcome == "request" else "Send"
    return f"{verb} to {count_of(get_it, 'person', 'people')}"


def figures(body: Campaign, made: Sheet) -> tuple[Figure, ...]:
    most = next(iter(made.skipped), "")
    why = f"most of them: {REASONS.get(most, most)}" if most else "nobody"
    return (
        Figure(label="Get it", value=number(made.get_it), note=f"of {number(made.audience)} in the audience"),
        Figure(label="Held out", value=number(made.held_out), note=f"it costs {campaigns.costs(made)}"),
        Figure(label="Skipped", value=number(sum(made.skipped.values())), note=why),
        Figure(label="Cost", value=cost(body, made), note=campaigns.price(body, made)),
    )


def cost(body: Campaign, made: Sheet) -> str:
    if body.channel == "recording":
        return "0"
    return "not declared" if made.cost is None else f"{made.cost:,.2f}"


def conflict_row(tx: Tx, one: campaigns.Conflict) -> ConflictRow:
    word, tone = STATES.get(one.state, (one.state.capitalize(), "quiet"))
    return ConflictRow(
        title=campaigns.title_of(tx, one.key),
        href=f"/campaigns/{one.key}",
        state=word,
        tone=tone,
        starts_at=one.starts_at,
        people=one.people,
    )


def remarks(tx: Tx, template: Template | None) -> tuple[str, ...]:
    if template is None:
        return ()
    found = checks(template, live_shelf(tx, parts_written(template)))
    return tuple(one.message for one in found)


def samples(tx: Tx, visit: Visit, made: Sheet) -> list[Sample]:
    known = customers.by_ids(tx, made.sample)
    return [
        sample(tx, visit, made.template, known[number])
        for number in made.sample
        if number in known and made.template
    ]


def sample(tx: Tx, visit: Visit, template: Template, person: customers.Customer) -> Sample:
    chip = chip_of(person, person.customer_id, "/customers")
    try:
        more = variables_seen(tx, visit.actor, person.customer_id)
        said = messaging.rehearse(tx, visit.app.sender, template, person.customer_id, more=more)
    except Abort as wish:
        return Sample(chip=chip, subject="", text="", aborted=str(wish))
    return Sample(chip=chip, subject=said.subject, text=said.text, aborted="")
