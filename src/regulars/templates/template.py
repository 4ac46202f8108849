"""The kind `template`: what is said, with the variables of one customer put in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import msgspec
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from regulars.kernel import Finding
from regulars.templates.liquid import (
    Abort,
    effort,
    environment,
    nodes,
    parsed,
    unknown_paths,
    unsure_paths,
)
from regulars.templates.product import FIELDS, FOUND, LOOKUPS_MAX, ORDER, Lookup, lookups, unknown_line_fields

Purpose = Literal["marketing", "transactional"]
Medium = Literal["email", "sms", "push", "inbox", "webhook"]
SUBJECT_SIGNS_MAX = 250
ERROR_SIGNS_MAX = 500
# Not printable to Python, and needed by Persian, Hebrew and emoji in the middle of words.
JOINERS = frozenset("\u200c\u200d\u200e\u200f")
Variables = Mapping[str, Any]
PARTS = ("subject", "preheader", "text", "html")


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same in another language; what is left out is as in the main text."""

    language: str  # As in de or pt-BR.
    subject: str | None = None
    preheader: str | None = None
    text: str | None = None
    html: str | None = None
    mjml: str | None = None
    link: str | None = None
    image: str | None = None


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    subject: str
    text: str  # Left empty beside HTML or MJML, it is derived from that.
    preheader: str = ""
    topic: str = ""  # Of the consent policy; empty: whoever takes the channel as a whole hears it.
    # Transactional is part of what somebody ordered or asked for, and passes opt-outs; advertising never is.
    purpose: Purpose = "marketing"
    html: str | None = None  # Left out, the message is plain text.
    mjml: str | None = None  # What the HTML is compiled from; instead of `html`.
    medium: Medium = "email"
    link: str = ""  # Where a press on a push message or a card leads.
    image: str = ""  # Of a push message or a card.
    language: str = ""  # Of the main text; empty: that of whoever has no variant.
    variants: tuple[Variant, ...] = ()
    track: bool = True  # Whether opens and clicks are counted, of those who allow it.
    missing: Literal["blank", "skip"] = (
        "blank"  # What a variable without value and default does at send time.
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    subject: str
    preheader: str
    text: str
    html: str | None


class Prepared:
    """A template parsed once, to be rendered for many."""

    def __init__(self, body: Template) -> None:
        self._parts: dict[str, BoundTemplate] = {}
        for part in PARTS:
            source = getattr(body, part)
            if source is not None:
                env = environment(html=part == "html", wanted=body.missing == "skip")
                self._parts[part] = parsed(env, source, part)
        read = self._parts.values()
        self.lookups = tuple(use for part in read for use in lookups(nodes(part)))[:LOOKUPS_MAX]
        self.says_last_order = any(ORDER in part.analyze().globals for part in read)

    def render(self, variables: Variables, products: Mapping[str, Variables] | None = None) -> Rendered:
        """Return the message of one person; raises Abort when it is not to be sent.

        `products` are those that the template looks up, by key.
        """
        effort.set(0)
        variables = {**variables, FOUND: products or {}}
        try:
            said = {part: storable(ready.render(**variables)) for part, ready in self._parts.items()}
        except Abort:
            raise
        except Exception as cause:
            # Filters raise much besides LiquidError, as one person's traits have it; the others get theirs.
            told = (str(cause).splitlines() or [""])[0] or type(cause).__name__
            raise Abort(f"template_error: {storable(told)[:ERROR_SIGNS_MAX]}") from cause
        return Rendered(
            subject=one_line(said["subject"])[:SUBJECT_SIGNS_MAX],
            preheader=one_line(said["preheader"]),
            text=said["text"],
            html=said.get("html"),
        )


@lru_cache(maxsize=256)
def prepared(body: Template) -> Prepared:
    """Return the parsed template; a version's body never changes, so equal bodies share one."""
    return Prepared(body)


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, so that it cannot become another header."""
    kept = (sign if sign.isprintable() or sign in JOINERS else " " for sign in text)
    return " ".join("".join(kept).split())


def storable(text: str) -> str:
    """Return the text without what no database takes: a filter can decode NUL from harmless signs."""
    return text.replace("\0", "").encode(errors="replace").decode()


def review(body: Template) -> list[Finding]:
    """Return what keeps the template from being published: each finding at its place."""
    found = [finding for part in PARTS for finding in _review_part(body, part)]
    if not body.subject.strip():
        found.append(
            Finding(
                path="subject",
                code="messaging.no_subject",
                message="The subject is empty; say what the message is about.",
            )
        )
    if not body.text.strip():
        found.append(
            Finding(
                path="text",
                code="messaging.no_text",
                message="The plain text is empty; people who do not see HTML would get nothing.",
            )
        )
    return found


def _review_part(body: Template, part: str) -> list[Finding]:
    source = getattr(body, part)
    if source is None:
        return []
    try:
        read = parsed(environment(html=part == "html", wanted=False), source, part)
        unknown, unsure = set(unknown_paths(read)), set(unsure_paths(read))
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
        [
            Finding(
                path=part,
                code="messaging.unknown_variable",
                message=f"No customer has {path!r}; use customer, traits, tier, points or last_order.",
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


def sentence(body: Template) -> str:
    how = "HTML and plain text" if body.html else "plain text"
    left_out = "is left blank" if body.missing == "blank" else "keeps the message from being sent"
    about = f" about {body.topic}" if body.topic else ""
    passes = "; it is transactional and passes opt-outs" if body.purpose == "transactional" else ""
    return f"Says “{body.subject}”{about} in {how}; a missing variable without a default {left_out}{passes}."
