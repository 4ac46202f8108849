"""A template made ready once, to be said to many: read, compiled, styled, with the text of its HTML."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import msgspec
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from regulars.db import Tx
from regulars.kernel import CallerError
from regulars.templates.aborting import Abort
from regulars.templates.fetch_tag import FETCHING, Fetching, FetchNode
from regulars.templates.fetching import Fetch
from regulars.templates.folding import fold
from regulars.templates.link_hosts import hosts_written
from regulars.templates.liquid import effort, environment, nodes, parsed, said
from regulars.templates.markup import Unreadable, compiled, inlined, with_preheader
from regulars.templates.plain import plain_text, tidy
from regulars.templates.product import FOUND, LOOKUPS_MAX, ORDER, lookups
from regulars.templates.shelf import BARE, Shelf, Unplaceable, live_shelf, put_in
from regulars.templates.template import Template, Variables, Variant
from regulars.templates.weblinks import web_address

SUBJECT_SIGNS_MAX = 250
ERROR_SIGNS_MAX = 500
# Not printable to Python, and needed by Persian, Hebrew and emoji in the middle of words.
JOINERS = frozenset("\u200c\u200d\u200e\u200f")
BLANK: dict[str, Any] = {
    "subject": "", "preheader": "", "text": "", "html": None, "mjml": None, "link": "", "image": "",
    "variants": (),
}  # fmt: skip
PLACES = ("subject", "preheader", "text", "html", "mjml", "link", "image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    subject: str
    preheader: str
    text: str
    html: str | None
    link: str = ""  # An address of the web, or empty.
    image: str = ""


class Prepared:
    """A template in all its languages, to be rendered for many."""

    def __init__(self, body: Template, shelf: Shelf = BARE) -> None:
        self.body, self.shelf = body, shelf
        self._brand = shelf.said_of_brand()
        self._wanted = body.missing == "skip"
        self._read: dict[tuple[str, str], _Part] = {}
        main = self._parts(body)
        self._languages = {_tag(body.language): main} if body.language else {}
        for variant in body.variants:
            self._languages[_tag(variant.language)] = self._parts(in_variant(body, variant))
        self._main = main
        read = [part.template for part in self._read.values() if part.template is not None]
        self.lookups = tuple(use for part in read for use in lookups(nodes(part)))[:LOOKUPS_MAX]
        self.says_last_order = any(ORDER in part.analyze().globals for part in read)
        self.fetches = any(isinstance(node, FetchNode) for part in read for node in nodes(part))
        self._hosts = frozenset(shelf.brand.fetch_hosts)
        # Where links may lead by us: nobody but the company wrote these.
        self.link_hosts = hosts_written(said for _, said in parts_written(body)) | shelf.link_hosts()

    def _parts(self, body: Template) -> "dict[str, _Part]":
        return {
            part: self._part(part, source, derived=part == "text" and source != body.text)
            for part, source in sources(body, self.shelf).items()
        }

    def _part(self, part: str, source: str, *, derived: bool) -> "_Part":
        known = self._read.get((part, source))
        if known is None:
            known = self._read[(part, source)] = _Part(source, part, wanted=self._wanted, derived=derived)
            known.fold(self._brand)
        return known

    def render(
        self,
        variables: Variables,
        products: Mapping[str, Variables] | None = None,
        *,
        language: str = "",
        fetch: Fetch | None = None,
    ) -> Rendered:
        """Return the message of one person; raises Abort when it is not to be sent.

        `products` are those that the template looks up, by key; `language` is the person's, as in de-AT.
        Without `fetch`, what the template fetches counts as failed.
        """
        effort.set(0)
        variables = {**variables, "brand": self._brand, FOUND: products or {}}
        if self.fetches:
            variables[FETCHING] = Fetching(fetch=fetch, hosts=self._hosts)
        try:
            made = {part: one.say(variables) for part, one in self._in(language).items()}
        except Abort:
            raise
        except Exception as cause:
            # Filters raise much besides LiquidError, as one person's traits have it; the others get theirs.
            told = (str(cause).splitlines() or [""])[0] or type(cause).__name__
            raise Abort(f"template_error: {storable(told)[:ERROR_SIGNS_MAX]}") from cause
        if self.body.medium == "webhook":
            _is_json(made["text"])
        return Rendered(
            subject=one_line(made["subject"])[:SUBJECT_SIGNS_MAX],
            preheader=one_line(made["preheader"]),
            text=made["text"],
            html=made.get("html"),
            link=web_address(made.get("link", "")),
            image=web_address(made.get("image", "")),
        )

    def _in(self, language: str) -> "dict[str, _Part]":
        if not language or not self._languages:
            return self._main
        asked = _tag(language)
        return self._languages.get(asked) or self._languages.get(asked.partition("-")[0]) or self._main


class _Part:
    """One part of a message in one language; a text without Liquid is only copied."""

    __slots__ = ("derived", "template", "text")

    def __init__(self, source: str, part: str, *, wanted: bool, derived: bool) -> None:
        self.text = source
        self.derived = derived  # From HTML: parts that are not for somebody leave empty lines.
        self.template: BoundTemplate | None = None
        if "{{" in source or "{%" in source:
            self.template = parsed(environment(html=part == "html", wanted=wanted), source, part)

    def fold(self, brand: Variables) -> None:
        """Say what is the same for everybody now."""
        if self.template is not None:
            fold(self.template, {"brand": brand})

    def say(self, variables: Variables) -> str:
        if self.template is None:
            return self.text
        made = storable(said(self.template, variables))
        return tidy(made) if self.derived else made


@lru_cache(maxsize=256)
def prepared(body: Template, shelf: Shelf = BARE) -> Prepared:
    """Return the parsed template; a version's body never changes, so equal bodies share one."""
    return Prepared(body, shelf)


def prepared_for(tx: Tx, body: Template) -> Prepared:
    """Return the template with the blocks and the brand that are live now.

    If one of them has changed so that the template cannot be read any more, rendering says why.
    """
    shelf = live_shelf(tx, parts_written(body))
    try:
        return prepared(body, shelf)
    except (Misplaced, LiquidError) as cause:
        return _Broken(body, shelf, (str(cause).splitlines() or [""])[0])


class _Broken(Prepared):
    """A template that was fit when it was published and is not with the blocks of today."""

    def __init__(self, body: Template, shelf: Shelf, why: str) -> None:
        super().__init__(msgspec.structs.replace(body, **BLANK), shelf)
        self.why = why

    def render(self, *_given: Any, **_named: Any) -> Rendered:
        raise Abort(f"template_error: {self.why[:ERROR_SIGNS_MAX]}")


def parts_written(body: Template) -> Iterator[tuple[str, str]]:
    """Yield what somebody wrote, by its place, in all languages."""
    for place in PLACES:
        if said := getattr(body, place):
            yield place, said
    for number, variant in enumerate(body.variants):
        for place in PLACES:
            if said := getattr(variant, place):
                yield f"variants[{number}].{place}", said


def in_variant(body: Template, variant: Variant) -> Template:
    """Return the template with what a variant says in place of the main parts.

    A variant with a body of its own has its text derived from that, not from the main one.
    """
    own = {name: text for name, text in msgspec.structs.asdict(variant).items() if text is not None}
    if "mjml" in own:
        own = {"html": None, "text": "", **own}
    elif "html" in own:
        own = {"mjml": None, "text": "", **own}
    return msgspec.structs.replace(body, **own)


def sources(body: Template, shelf: Shelf = BARE) -> dict[str, str]:
    """Return the Liquid of each part with its blocks put in, MJML compiled and an empty text derived.

    Raises Misplaced.
    """
    html = None
    if body.mjml:
        html = _made("mjml", lambda: compiled(_whole(body.mjml or "", "mjml", shelf)))
    elif body.html is not None:
        html = _made("html", lambda: inlined(_whole(body.html or "", "html", shelf)))
    given: dict[str, str] = {}
    for part in ("subject", "preheader", "text", "link", "image"):
        said = getattr(body, part)
        if said or part not in ("link", "image"):
            given[part] = _made(part, partial(_whole, said, part, shelf))
    if html is None:
        return given
    derived = {"text": plain_text(html)} if not body.text.strip() else {}
    if body.medium == "email" and given["preheader"].strip() and "<mj-preview" not in (body.mjml or ""):
        html = with_preheader(html, given["preheader"])
    return given | derived | {"html": html}


class Misplaced(CallerError):
    """Something in one part keeps the template from being made ready."""

    code = "messaging.template"

    def __init__(self, part: str, cause: CallerError) -> None:
        super().__init__(str(cause))
        self.part, self.why = part, cause.code


def _made(part: str, make: Callable[[], str]) -> str:
    try:
        return make()
    except (Unplaceable, Unreadable) as cause:
        raise Misplaced(part, cause) from cause


def _whole(source: str, part: str, shelf: Shelf) -> str:
    return put_in(source, part, shelf, plain_text)


def _tag(language: str) -> str:
    return language.strip().replace("_", "-").lower()


def _is_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as cause:
        raise Abort(f"template_error: the text is no JSON ({cause}); print values with | json") from cause


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, so that it cannot become another header."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = (sign if sign.isprintable() or sign in JOINERS else " " for sign in text)
    return " ".join("".join(kept).split())


def storable(text: str) -> str:
    """Return the text without what no database takes: a filter can decode NUL from harmless signs."""
    return text.replace("\0", "").encode(errors="replace").decode()
