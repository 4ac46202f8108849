"""The kind `template`, as the composition root registers it."""

from datetime import datetime
from typing import Any

from regulars.customers import CONSENT_POLICY, CONSENT_POLICY_KEY
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup, Preview, Ref
from regulars.kernel import Finding
from regulars.templates.checking import checks
from regulars.templates.preparing import parts_written
from regulars.templates.reviewing import review
from regulars.templates.shelf import live_shelf, refs, shelf_of
from regulars.templates.template import Template, sentence


def _validate(body: Template, lookup: Lookup) -> list[Finding]:
    shelf = shelf_of(lookup, parts_written(body))
    remarked = [one.finding() for one in checks(body, shelf) if one.severity == "error"]
    return [*review(body, shelf), *remarked, *topic_findings(body.topic, lookup)]


def topic_findings(topic: str, lookup: Lookup) -> list[Finding]:
    """Say when the live consent policy does not know a topic: nobody could agree to it, or object."""
    policy = lookup.live(CONSENT_POLICY, CONSENT_POLICY_KEY)
    if not topic or (policy and policy.topic(topic)):
        return []
    known = ", ".join(one.key for one in policy.topics) if policy else ""
    message = f"The consent policy has no topic {topic[:80]!r}; it has {known or 'none yet'}."
    return [Finding(path="topic", code="messaging.unknown_topic", message=message)]


def _preview(tx: Tx, found: Definition[Any], _at: datetime) -> Preview:
    body: Template = found.body
    remarks = checks(body, live_shelf(tx, parts_written(body)))
    places = {one: f"{one.part}{f', line {one.line}' if one.line else ''}" for one in remarks}
    return Preview(
        headline=sentence(body),
        warnings=tuple(f"{places[one]}: {one.message}" for one in remarks if one.severity == "warning"),
    )


def _uses(body: Template) -> list[Ref]:
    return refs(parts_written(body))


TEMPLATE = Kind(
    name="template",
    title="Template",
    plural="Templates",
    body=Template,
    sentence=sentence,
    validate=_validate,
    uses=_uses,
    preview=_preview,
)
