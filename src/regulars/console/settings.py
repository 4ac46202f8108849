"""The settings area: where people, approvals, definitions and the machinery are found."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from regulars import access
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.visit import Visiting, page
from regulars.kernel import fold

router = pages()
PEOPLE, WORK, MACHINERY = "Who works here", "What is decided and defined", "How it runs"
GROUPS = (PEOPLE, WORK, MACHINERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    title: str
    href: str
    icon: str
    text: str
    action: str  # What one must be allowed to find it here.
    group: str


PLACES = (
    Place(
        title="People",
        href="/people",
        icon="users",
        text="Who works here, at which level and in which function.",
        action="people.view",
        group=PEOPLE,
    ),
    Place(
        title="You",
        href="/you",
        icon="user",
        text="Your password, your sessions and who stands in for you.",
        action="figures.view",
        group=PEOPLE,
    ),
    Place(
        title="Workspace",
        href="/workspace",
        icon="settings",
        text="One person or several, whose calendar days count, and who administers.",
        action="people.view",
        group=PEOPLE,
    ),
    Place(
        title="API keys",
        href="/keys",
        icon="key",
        text="Programs that read, change or send events in.",
        action="keys.view",
        group=PEOPLE,
    ),
    Place(
        title="Definitions",
        href="/definitions",
        icon="file-diff",
        text="Everything that is defined, with its versions and differences.",
        action="definitions.view",
        group=WORK,
    ),
    Place(
        title="Sending policy",
        href="/settings/sending",
        icon="clock",
        text="How often and when one customer hears of marketing: caps, quiet hours, priority, holdout.",
        action="definitions.view",
        group=WORK,
    ),
    Place(
        title="Approvals",
        href="/approvals",
        icon="checks",
        text="What waits for a decision, and what was decided.",
        action="approvals.view",
        group=WORK,
    ),
    Place(
        title="Audit",
        href="/audit",
        icon="history",
        text="Who did what, when, and what was before and after.",
        action="audit.view",
        group=WORK,
    ),
    Place(
        title="Channels",
        href="/channels",
        icon="mail",
        text="Mail servers and services, texts, browsers, your app: what carries messages, and how it does.",
        action="definitions.view",
        group=MACHINERY,
    ),
    Place(
        title="Deliverability",
        href="/deliverability",
        icon="mail-off",
        text="Sending domains and their records, what came back, addresses nothing is sent to.",
        action="definitions.view",
        group=MACHINERY,
    ),
    Place(
        title="Readers",
        href="/readers",
        icon="database",
        text="How far each reader of the log is, and what it set aside.",
        action="readers.view",
        group=MACHINERY,
    ),
    Place(
        title="Jobs",
        href="/jobs",
        icon="refresh",
        text="Imports, exports and other finite work, with progress.",
        action="jobs.view",
        group=MACHINERY,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    workspace: str
    groups: tuple[tuple[str, tuple[Place, ...]], ...]


@router.get("/settings")
def settings(visit: Visiting) -> Response:
    places = [place for place in PLACES if access.allows(visit.actor, place.action).outcome == "yes"]
    grouped = tuple((title, tuple(p for p in places if p.group == title)) for title in GROUPS)
    value = Settings(
        workspace=visit.frame.workspace, groups=tuple((title, found) for title, found in grouped if found)
    )
    return page(visit, "settings/settings.html", value)


def find(actor: access.Actor, asked: str) -> Iterator[Found]:
    """The places of the settings, for the palette."""
    wanted = fold(asked)
    for place in PLACES:
        if wanted in fold(f"go to {place.title} {place.text}") and (
            access.allows(actor, place.action).outcome == "yes"
        ):
            yield Found(title=place.title, href=place.href, kind="Go to", icon=place.icon, note=place.text)
