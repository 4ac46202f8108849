"""What keeps a template from being published: each finding at its place."""

import re
from collections.abc import Iterator

import msgspec
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from regulars.kernel import Finding
from regulars.templates.fetch_tag import FetchNode
from regulars.templates.liquid import (
    SURE,
    environment,
    nodes,
    parsed,
    unknown_filters,
    unknown_paths,
    unsure_paths,
)
from regulars.templates.preparing import PLACES, Misplaced, in_variant, sources
from regulars.templates.product import FIELDS, LOOKUPS_MAX, Lookup, lookups, unknown_line_fields
from regulars.templates.shelf import BARE, Shelf
from regulars.templates.template import Medium, Template

NEEDED: dict[Medium, frozenset[str]] = {
    "email": frozenset({"subject"}),
    "sms": frozenset(),
    "push": frozenset({"subject"}),
    "inbox": frozenset({"subject"}),
    "webhook": frozenset(),
}
UNUSED: dict[Medium, frozenset[str]] = {
    "email": frozenset({"link", "image"}),
    "sms": frozenset({"preheader", "html", "mjml", "link", "image"}),
    "push": frozenset({"preheader", "html", "mjml"}),
    "inbox": frozenset({"preheader", "mjml"}),
    "webhook": frozenset({"preheader", "html", "mjml", "link", "image"}),
}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def review(body: Template, shelf: Shelf = BARE) -> list[Finding]:
    """Return what keeps the template from being published: each finding at its place."""
    found = _review_language(body, shelf)
    seen = {(finding.path, finding.message) for finding in found}
    for place, variant in enumerate(body.variants):
        own = {name for name in PLACES if getattr(variant, name) is not None}
        told = _review_language(in_variant(body, variant), shelf)
        found += [
            Finding(path=f"variants[{place}].{one.path}", code=one.code, message=one.message)
            for one in told
            if one.path in own or (one.path, one.message) not in seen
        ]
    return [*found, *_needed(body), *_languages(body)]


def _review_language(body: Template, shelf: Shelf) -> list[Finding]:
    try:
        given = sources(body, shelf)
    except Misplaced as cause:
        broken = Finding(path=cause.part, code=cause.why, message=str(cause))
        emptied = {cause.part: None if cause.part in ("mjml", "html") else "-"}
        rest = _review_language(msgspec.structs.replace(body, **emptied), shelf)
        return [broken, *(one for one in rest if one.path != cause.part)]
    found = []
    for part, said in given.items():
        if part == "text" and not body.text.strip():
            continue  # Derived from the HTML, where the same is found.
        place = "mjml" if part == "html" and body.mjml else part
        told = _review_part(body, part, said, shelf)
        found += [Finding(path=place, code=one.code, message=one.message) for one in told]
    order = {place: at for at, place in enumerate(PLACES)}
    return sorted(found, key=lambda one: order[one.path])


def _needed(body: Template) -> Iterator[Finding]:
    """Say which parts the medium needs and are empty, and which it has no use for."""
    filled = {part for part in PLACES if (getattr(body, part) or "").strip()}
    if "subject" in NEEDED[body.medium] and "subject" not in filled:
        yield Finding(
            path="subject",
            code="messaging.no_subject",
            message="The subject is empty; say what the message is about.",
        )
    bodies = {"text", "html", "mjml"} if body.medium in ("email", "inbox") else {"text"}
    if not filled & bodies:
        yield Finding(
            path="text",
            code="messaging.no_text",
            message="The plain text is empty; people who do not see HTML would get nothing.",
        )
    if {"html", "mjml"} <= filled:
        message = "HTML and MJML are both given; keep one, the HTML is made of the MJML."
        yield Finding(path="html", code="messaging.html_twice", message=message)
    for part in sorted(filled & UNUSED[body.medium]):
        message = f"A message of medium {body.medium} has no {part}; leave it empty."
        yield Finding(path=part, code="messaging.unused_part", message=message)


def _languages(body: Template) -> Iterator[Finding]:
    seen = {body.language.lower()} if body.language else set()
    for place, variant in enumerate(body.variants):
        language = variant.language.replace("_", "-").lower()
        if not LANGUAGE.fullmatch(language):
            message = f"{variant.language[:20]!r} is no language; write it as in de or pt-BR."
            yield Finding(path=f"variants[{place}].language", code="messaging.language", message=message)
        elif language in seen:
            message = f"{variant.language} is there twice; keep one."
            yield Finding(path=f"variants[{place}].language", code="messaging.language", message=message)
        seen.add(language)
    if body.language and not LANGUAGE.fullmatch(body.language.lower()):
        message = f"{body.language[:20]!r} is no language; write it as in en or pt-BR."
        yield Finding(path="language", code="messaging.language", message=message)


def _review_part(body: Template, part: str, source: str, shelf: Shelf) -> list[Finding]:
    try:
        read = parsed(environment(html=part == "html", wanted=False), source, part)
        sure = SURE | {f"brand.{name}" for name in shelf.said_of_brand()}
        unknown, unsure = set(unknown_paths(read)), set(unsure_paths(read, sure))
        uses, line_fields = list(lookups(nodes(read))), set(unknown_line_fields(nodes(read)))
    except LiquidError as cause:
        return [
            Finding(
                path=part,
                code="messaging.liquid",
                message=f"The Liquid cannot be read: {str(cause).splitlines()[0]}.",
            )
        ]
    return (
        _review_fetches(read, part, shelf)
        + [
            Finding(
                path=part,
                code="messaging.filter",
                message=f"There is no filter {name[:40]!r}; leave it out, or look up the filters.",
            )
            for name in sorted(set(unknown_filters(read)))
        ]
        + [
            Finding(
                path=part,
                code="messaging.unknown_variable",
                message=f"No message has {path!r}; use customer, traits, tier, points, last_order, event, "
                "entry, brand, campaign or one of the links.",
            )
            for path in sorted(unknown)
        ]
        + [
            Finding(
                path=part,
                code="messaging.unknown_variable",
                message=f"A product of an order has no {path.partition('.')[2]!r}, as in {path!r}.",
            )
            for path in sorted(line_fields)
        ]
        + _review_lookups(uses, part, blank=body.missing == "blank")
        + [
            Finding(
                path=part,
                code="messaging.no_default",
                message=f"{path!r} may be missing: write {{{{ {path} | default: '…' }}}}, or ask in an if.",
            )
            for path in sorted(unsure - unknown if body.missing == "blank" else ())
        ]
    )


def _review_fetches(read: BoundTemplate, part: str, shelf: Shelf) -> list[Finding]:
    asked = {node.request.host for node in nodes(read) if isinstance(node, FetchNode)}
    return [
        Finding(
            path=part,
            code="messaging.fetch_host",
            message=f"The brand does not allow to fetch from {host}; add it to its fetch_hosts.",
        )
        for host in sorted(asked - set(shelf.brand.fetch_hosts))
    ]


def _review_lookups(uses: list[Lookup], part: str, *, blank: bool) -> list[Finding]:
    found = [
        ("messaging.product", f"{use.said!r}: let product come first, before any other filter.")
        for use in uses
        if not use.first
    ]
    found += [
        ("messaging.product", f"{use.said!r}: a product has no {use.field!r}; it has {', '.join(FIELDS)}.")
        for use in uses
        if use.field is not None and use.field.partition(".")[0] not in FIELDS
    ]
    found += [
        ("messaging.no_default", f"{use.said!r} may be missing: add a default.")
        for use in uses
        if blank and not use.defaulted
    ]
    if len(uses) > LOOKUPS_MAX:
        message = f"{len(uses)} products are looked up; {LOOKUPS_MAX} in one message are the most."
        found.append(("messaging.product", message))
    return [Finding(path=part, code=code, message=message) for code, message in found]
