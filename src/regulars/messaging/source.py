"""What asks for sends: one step of one version of a campaign or journey, with what it says and how."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access
from regulars.access import SYSTEM, Actor
from regulars.db import Query, Statements, Tx, maybe, run
from regulars.definitions import get
from regulars.kernel import NotFound
from regulars.templates import TEMPLATE, Medium, Purpose

PRIORITY = 50


class Sql(Statements, file="source.sql"):
    add_source: Query
    find_source: Query
    source_of_id: Query
    pause_source: Query
    name_version: Query
    switch_template: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What asks for a send, such as version 3 of the campaign win-back."""

    kind: str
    key: str
    version: int
    step: str = ""  # Of a journey.


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    source_id: int
    kind: str
    key: str
    version: int
    step: str
    channel: str
    template_key: str
    template_version: int
    paused: bool
    created_at: datetime
    topic: str  # Of the consent policy; empty: the channel as a whole.
    purpose: Purpose
    targeted: bool  # Whether people are chosen by what is known of them.
    priority: int = PRIORITY  # Of 0 to 100; of messages that compete the higher goes first.
    capped: bool = True  # Whether frequency caps bind it and count it.
    medium: Medium = "email"


def open_source(
    tx: Tx,
    name: SourceName,
    *,
    channel: str,
    template_key: str,
    template_version: int,
    at: datetime,
    topic: str = "",
    purpose: Purpose = "marketing",
    targeted: bool = False,
    priority: int = PRIORITY,
    capped: bool = True,
    medium: Medium | None = None,
    actor: Actor = SYSTEM,
) -> Source:
    """Return the source, made if it is new; what it says, why and by what means never changes by itself.

    Left out, the medium is the template's. That the policy does not bind it, since it is transactional or
    not capped, is written to the audit.
    """
    capped = capped and purpose != "transactional"
    new = run(
        tx,
        SQL.add_source,
        kind=name.kind,
        key=name.key,
        version=name.version,
        step=name.step,
        channel=channel,
        template_key=template_key,
        template_version=template_version,
        at=at,
        topic=topic,
        purpose=purpose,
        targeted=targeted,
        priority=priority,
        capped=capped,
        medium=medium or _medium(tx, template_key, template_version),
    )
    if new and not capped:
        access.recorded(
            tx,
            actor,
            "messages.exempt",
            subject_kind=name.kind,
            subject=name.key,
            before=None,
            after={"version": name.version, "step": name.step, "purpose": purpose, "capped": False},
            at=at,
        )
    return find_source(tx, name)


def _medium(tx: Tx, template_key: str, template_version: int) -> Medium:
    try:
        return get(tx, TEMPLATE, template_key, template_version).body.medium
    except NotFound:
        return "email"


def find_source(tx: Tx, name: SourceName) -> Source:
    found = maybe(
        tx, SQL.find_source, Source, kind=name.kind, key=name.key, version=name.version, step=name.step
    )
    if found is None:
        raise NotFound(f"Version {name.version} of the {name.kind} {name.key!r} has sent nothing yet.")
    return found


def source_of_id(tx: Tx, source_id: int) -> Source | None:
    """The source that a link in one of its messages names."""
    return maybe(tx, SQL.source_of_id, Source, source_id=source_id)


def pause(tx: Tx, source: Source, *, paused: bool) -> None:
    run(tx, SQL.pause_source, source_id=source.source_id, paused=paused)


def switch_template(
    tx: Tx, actor: Actor, source: Source, version: int, *, reason: str, at: datetime
) -> Source:
    """Let those who still wait get another version of the template; what has left keeps its own."""
    get(tx, TEMPLATE, source.template_key, version)
    run(tx, SQL.name_version, source_id=source.source_id, version=source.template_version)
    run(tx, SQL.switch_template, source_id=source.source_id, version=version)
    access.recorded(
        tx,
        actor,
        "messages.switch_template",
        subject_kind=source.kind,
        subject=source.key,
        before={"version": source.version, "template_version": source.template_version},
        after={"version": source.version, "template_version": version},
        reason=reason.strip(),
        at=at,
    )
    return find_source(
        tx, SourceName(kind=source.kind, key=source.key, version=source.version, step=source.step)
    )
