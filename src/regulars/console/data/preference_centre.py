"""The preference centre, as staff see it: how it looks, how it is used, and links to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from regulars import access, customers, definitions, preferences
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import number
from regulars.console.parts import Chip, Column, Figure, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import ConsentPolicy
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, day_bounds, local_day, parse_public_id
from regulars.preferences import Centre, OptOuts, Words

router = pages()
HREF = "/data/preferences"
WEEKS = 12
CONFIRM = "all links"
CHANGE_COLUMNS = (
    Column(title="What customers did"),
    Column(title="Times", numeric=True),
    Column(title="People", numeric=True),
)
WORDS = {
    ("consent", True): "Agreed to a topic",
    ("consent", False): "Withdrew a topic",
    ("frequency", False): "Asked for less often",
    ("frequency", True): "Asked for as often as usual",
    ("pause", False): "Paused",
    ("pause", True): "Ended a pause",
    ("profiling", False): "Objected to profiling",
    ("profiling", True): "Allowed profiling again",
    ("tracking", True): "Let opens and links be counted",
    ("tracking", False): "Stopped the counting of opens and links",
}
TOPIC_COLUMNS = (Column(title="Topic"), Column(title="Channels"), Column(title="Withdrew", numeric=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    language: str
    name: str
    title: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    title: str
    channels: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CentrePage:
    tabs: tuple[Tab, ...]
    centre: Centre
    sentence: str
    state: str
    edit_href: str
    address: str
    previews: tuple[Preview, ...]
    draft_previews: tuple[Preview, ...]
    findings: tuple[Finding, ...]
    figures: tuple[Figure, ...]
    chart: Chart
    columns: tuple[Column, ...]
    topics: tuple[TopicRow, ...]
    change_columns: tuple[Column, ...]
    changes: tuple[tuple[str, int, int], ...]  # In words, times, people.
    may_edit: bool
    may_withdraw: bool
    confirm: str = CONFIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    chip: Chip
    url: str  # Empty until it is asked for.
    good_until: datetime | None
    may_make: bool


@router.get(HREF)
def centre(visit: Visiting) -> Response:
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        value = shown(tx, visit)
    return page(visit, "data/preferences/centre.html", value)


@router.get(f"{HREF}/chart")
def chart(visit: Visiting, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        made = opt_out_chart(tx, visit, customers.consent_policy(tx))
    return chart_file(made, format)


@router.post(f"{HREF}/withdraw-links")
async def withdraw(visit: Visiting) -> Response:
    form = await visit.request.form()
    return _withdraw(visit, str(form.get("confirm", "")))


def _withdraw(visit: Visit, confirm: str) -> Response:
    access.require(visit.actor, "preferences.withdraw_links")
    if confirm != CONFIRM:
        raise Invalid(f"Type “{CONFIRM}” to withdraw them; nothing was changed.")
    with visit.app.database.transaction() as tx:
        generation = preferences.withdraw_links(tx)
        visit.record(
            tx,
            "preferences.withdraw_links",
            kind="preferences",
            subject="links",
            after={"generation": generation},
        )
    return redirect(visit, HREF, "No link that was made before opens any more.")


@router.get("/customers/{customer_id}/preferences-link")
def link_asked(visit: Visiting, customer_id: str) -> Response:
    """What such a link is, before one is made."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
    value = LinkPage(
        chip=Chip(href=f"/customers/{customer.id}", name=customer.title),
        url="",
        good_until=None,
        may_make=access.allows(visit.actor, "preferences.link").outcome == "yes",
    )
    return page(visit, "data/preferences/link.html", value)


@router.post("/customers/{customer_id}/preferences-link")
def link_made(visit: Visiting, customer_id: str) -> Response:
    """A link to hand over, shown once; that it was made stands in the audit."""
    access.require(visit.actor, "preferences.link")
    now = visit.app.wall.now()
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        url = preferences.link(tx, customer.customer_id, visit.app.settings.address, now=now)
        visit.record(tx, "preferences.link", kind="customer", subject=customer.id)
    value = LinkPage(
        chip=Chip(href=f"/customers/{customer.id}", name=customer.title),
        url=url,
        good_until=preferences.good_until("staff", now),
        may_make=True,
    )
    return page(visit, "data/preferences/link.html", value)


def shown(tx: Tx, visit: Visit) -> CentrePage:
    found, policy = preferences.centre_of(tx), customers.consent_policy(tx)
    draft = definitions.draft(tx, preferences.PREFERENCE_CENTRE, preferences.KEY)
    usage = preferences.visits(tx, _since(tx, visit))
    withdrew = preferences.opt_outs(tx, _start(tx, visit), visit.app.zone)
    return CentrePage(
        tabs=places.tabs(HREF),
        centre=found.body,
        sentence=preferences.PREFERENCE_CENTRE.sentence(found.body),
        state="Live" if found.version else "Built in",
        edit_href=_edit_href(found.version, has_draft=draft is not None),
        address=f"{visit.app.settings.address}{preferences.PLACE}/",
        previews=_previews(tx, visit, found.version, found.body),
        draft_previews=_previews(tx, visit, draft.version, draft.body) if draft else (),
        findings=tuple(preferences.policy_findings(found.body, policy)),
        figures=_figures(usage),
        chart=opt_out_chart(tx, visit, policy),
        columns=TOPIC_COLUMNS,
        topics=_topics(policy, withdrew),
        change_columns=CHANGE_COLUMNS,
        changes=tuple(
            (WORDS[one.about, one.given], one.times, one.people)
            for one in preferences.changes(tx, _start(tx, visit))
        ),
        may_edit=access.allows(visit.actor, "definitions.draft").outcome == "yes",
        may_withdraw=access.allows(visit.actor, "preferences.withdraw_links").outcome == "yes",
    )


def _edit_href(version: int, *, has_draft: bool) -> str:
    if version or has_draft:
        return f"/definitions/preference-centre/{preferences.KEY}"
    return f"/definitions/new?kind=preference-centre&start={preferences.KEY}"


def _since(tx: Tx, visit: Visit) -> date:
    today = local_day(visit.app.now(tx), visit.app.zone)
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def _start(tx: Tx, visit: Visit) -> datetime:
    return day_bounds(_since(tx, visit), visit.app.zone)[0]


def _previews(tx: Tx, visit: Visit, version: int, body: Centre) -> tuple[Preview, ...]:
    base, now = visit.app.settings.address, visit.app.wall.now()
    return tuple(
        Preview(
            language=language,
            name=_words(language)("name"),
            title=text.title,
            href=preferences.preview_link(tx, version, base, now=now, language=language).removeprefix(base),
        )
        for language, text in body.texts.items()
    )


def _words(language: str) -> Words:
    return preferences.words(language)


def _figures(usage: dict[str, int]) -> tuple[Figure, ...]:
    note = f"in {WEEKS} weeks"
    return (
        Figure(label="Looked at", value=number(usage.get("seen", 0)), note=f"{note}, by programs too"),
        Figure(label="Saved", value=number(usage.get("saved", 0)), note=note),
        Figure(
            label="Unsubscribed",
            value=number(usage.get("unsubscribed", 0)),
            note=f"{note}, by one click or button",
        ),
        Figure(label="From everything", value=number(usage.get("everything", 0)), note=note),
        Figure(label="Links asked for", value=number(usage.get("link", 0)), note=note),
    )


def opt_out_chart(tx: Tx, visit: Visit, policy: ConsentPolicy) -> Chart:
    """Who withdrew each topic, week by week; the week that is not over is dashed."""
    withdrew = preferences.opt_outs(tx, _start(tx, visit), visit.app.zone)
    first = _since(tx, visit)
    weeks = [first + timedelta(weeks=place) for place in range(WEEKS)]
    people = {(one.week, _title(policy, one.topic)): 0 for one in withdrew}
    for one in withdrew:
        people[one.week, _title(policy, one.topic)] += one.people
    topics = sorted({topic for _, topic in people})
    return trend(
        key="preference-opt-outs",
        title="Who withdrew, by topic",
        marks=[
            Mark(day=week, value=people.get((week, topic), 0), series=topic, finished=week != weeks[-1])
            for topic in topics
            for week in weeks
        ],
        unit="people",
        definition=(
            "People who withdrew a topic in the preference centre or by one click, each once a week, topic "
            "and channel, by the Monday of the week."
        ),
        href=f"{HREF}/chart",
    )


def _title(policy: ConsentPolicy, topic: str) -> str:
    found = policy.topic(topic) if topic else None
    return found.title if found else topic or "Everything"


def _topics(policy: ConsentPolicy, withdrew: Sequence[OptOuts]) -> tuple[TopicRow, ...]:
    keys = [topic.key for topic in policy.topics if topic.basis != "contract"]
    others = sorted({one.topic for one in withdrew} - set(keys))
    return tuple(
        TopicRow(
            title=_title(policy, key),
            channels=_channels(policy, key, withdrew),
            people=sum(one.people for one in withdrew if one.topic == key),
        )
        for key in (*keys, *others)
    )


def _channels(policy: ConsentPolicy, key: str, withdrew: Sequence[OptOuts]) -> str:
    found = policy.topic(key)
    every = found.channels if found else sorted({one.channel for one in withdrew if one.topic == key})
    return ", ".join(every)
