"""What a look at a template finds before it is published: errors keep it back, warnings do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

from regulars.kernel import Finding
from regulars.templates.colours import contrast_findings
from regulars.templates.link_hosts import Written, led_by_others
from regulars.templates.masking import LIQUID
from regulars.templates.plain import plain_text
from regulars.templates.preparing import Misplaced, in_variant, sources
from regulars.templates.shelf import BARE, Shelf
from regulars.templates.template import Template

CLIPPED_BYTES = 102 * 1024  # Gmail shows no more of a message.
EMBEDDED_SIGNS_MAX = 50_000
UNSUBSCRIBE = re.compile(r"\{[{%][^{}]*\bunsubscribe_url\b")
HARMFUL = frozenset({"script", "iframe", "object", "embed", "applet", "base"})
USELESS = frozenset({"form", "input", "select", "textarea", "video", "audio", "canvas"})
# How much each weighs; what adds up to the limit is worth a second look.
SPAM_WORDS = {
    "100% free": 3, "act now": 2, "buy now": 1, "cash bonus": 3, "click here": 2, "congratulations": 1,
    "double your": 2, "earn money": 3, "free money": 4, "guarantee": 1, "limited time": 1, "lowest price": 1,
    "no obligation": 2, "once in a lifetime": 2, "order now": 1, "risk-free": 2, "risk free": 2,
    "urgent": 2, "viagra": 5, "winner": 2, "you have been selected": 4, "$$$": 3, "!!!": 2,
}  # fmt: skip
SPAM_MAX = 3
CAPITALS = re.compile(r"\b[A-Z]{4,}\b")
CAPITALS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was noticed."""

    severity: Literal["error", "warning"]
    part: str  # As in mjml or variants[0].text.
    line: int | None  # Of what the author wrote, counted from 1; None for the whole part.
    code: str
    message: str

    def finding(self) -> Finding:
        place = f"Line {self.line}: " if self.line else ""
        return Finding(path=self.part, code=self.code, message=f"{place}{self.message}")


def checks(body: Template, shelf: Shelf = BARE) -> list[Remark]:
    """Return what was noticed, errors first; a template that cannot be read has its findings in `review`."""
    found = list(_of_language(body, shelf, ""))
    seen = {(one.part, one.line, one.message) for one in found}
    for place, variant in enumerate(body.variants):
        told = _of_language(in_variant(body, variant), shelf, f"variants[{place}].")
        found += [one for one in told if (one.part.partition("].")[2], one.line, one.message) not in seen]
    return sorted([*found, *_unspoken(body, shelf)], key=lambda one: one.severity)


def _unspoken(body: Template, shelf: Shelf) -> Iterator[Remark]:
    said = {
        one.lower().replace("_", "-") for one in (body.language, *(v.language for v in body.variants)) if one
    }
    missing = [one for one in shelf.brand.languages if one.lower().replace("_", "-") not in said]
    if said and missing:
        message = f"The brand also speaks {', '.join(missing)}; without a variant they read the main text."
        yield _warning("variants", None, "messaging.unspoken", message)


def _of_language(body: Template, shelf: Shelf, before: str) -> Iterator[Remark]:
    try:
        given = sources(body, shelf)
    except Misplaced:
        return
    written = "mjml" if body.mjml else "html"
    html = given.get("html")
    if body.medium == "email":
        yield from _unsubscribing(body, given, before, written)
    if html is not None:
        author = body.mjml or body.html or ""
        look = _Look()
        look.feed(_marked(author))
        look.close()
        for severity, line, code, message in (*look.remarks, *_of_html(html)):
            yield Remark(severity=severity, part=before + written, line=line, code=code, message=message)  # type: ignore[arg-type]
        for words, message in contrast_findings(html, shelf.brand):
            line = _line_of(author, max(words.split("…"), key=len))
            yield _warning(before + written, line, "messaging.contrast", message)
        if body.medium == "email" and not plain_text(html):
            message = "There is no plain text: give images an alt text, or write the text."
            yield _warning(before + "text", None, "messaging.no_plain_text", message)
    if body.track:
        yield from _uncounted(body, given, before, written)
    for part in ("subject", "text"):
        yield from _spam(before, part, getattr(body, part))
    if html is not None and not body.text.strip():
        yield from _spam(before, written, given["text"])


def _unsubscribing(body: Template, given: dict[str, str], before: str, written: str) -> Iterator[Remark]:
    if body.purpose == "transactional":
        return
    for part in ("html", "text"):
        if part not in given or UNSUBSCRIBE.search(_without_comments(given[part])):
            continue
        if part == "text" and not body.text.strip():
            continue  # Derived from the HTML, where the same is said.
        yield Remark(
            severity="error",
            part=before + (written if part == "html" else part),
            line=_last_line(getattr(body, written if part == "html" else part) or ""),
            code="messaging.no_unsubscribe",
            message="Advertising needs a link to unsubscribe: add one to {{ unsubscribe_url }}, at its end "
            'or with {% render "footer" %}.',
        )


def _uncounted(body: Template, given: dict[str, str], before: str, written: str) -> Iterator[Remark]:
    """Links that lead where a customer says: led by us, they would lead anywhere under our name."""
    looked: list[tuple[str, str, Written]] = [(written, "html", "markup"), ("link", "link", "address")]
    if body.text.strip():
        looked.append(("text", "text", "text"))
    for place, part, how in looked:
        for path in led_by_others(given.get(part, ""), how):
            line = _line_of(getattr(body, place) or "", path)
            message = (
                f"A link leads to an address out of a customer's data ({path}): not counted, unless its host "
                "is written out here or stands in the brand's link_hosts or the catalogue."
            )
            yield _warning(before + place, line, "messaging.uncounted_link", message)


def _of_html(html: str) -> Iterator[tuple[str, None, str, str]]:
    size = len(html.encode())
    if size > CLIPPED_BYTES:
        message = f"The HTML has {size // 1024} KB; Gmail cuts messages at 102 KB. Leave something out."
        yield "warning", None, "messaging.clipped", message


def _spam(before: str, part: str, said: str) -> Iterator[Remark]:
    text = LIQUID.sub(" ", said)
    hits = {words: weight for words, weight in SPAM_WORDS.items() if words in text.lower()}
    shouted = CAPITALS.findall(text)
    if sum(hits.values()) >= SPAM_MAX:
        words = ", ".join(f"“{one}”" for one in hits)
        yield _warning(
            before + part, None, "messaging.spam_words", f"Filters take {words} for spam; say it plainly."
        )
    if len(shouted) >= CAPITALS_MAX:
        words = ", ".join(shouted[:3])
        yield _warning(
            before + part, None, "messaging.shouting", f"Much is written in capitals, as in {words}."
        )


def _warning(part: str, line: int | None, code: str, message: str) -> Remark:
    return Remark(severity="warning", part=part, line=line, code=code, message=message)


class _Look(HTMLParser):
    """What the author's HTML or MJML holds, with lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.remarks: list[tuple[str, int | None, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("img", "mj-image") and "alt" not in given:
            self._say(
                "warning", "messaging.no_alt", 'An image has no alt text: say what it shows, or alt="".'
            )
        if tag in HARMFUL or (tag == "meta" and given.get("http-equiv", "").lower() == "refresh"):
            self._say(
                "error",
                "messaging.script",
                f"No mail program shows {tag!r}, and filters refuse it; take it out.",
            )
        if tag in USELESS:
            self._say(
                "warning", "messaging.form", f"Most mail programs show no {tag!r}; lead to a page instead."
            )
        for name, value in given.items():
            self._attribute(tag, name, value)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        bare = re.sub(r"[\x00-\x20]", "", value).lower()
        if name.startswith("on") and name != "one":
            self._say("error", "messaging.script", f"No mail program runs {name!r}; take it out.")
        elif name in ("href", "src") and bare.startswith(("javascript:", "vbscript:", "data:text")):
            self._say("error", "messaging.script", f"The address {value[:40]!r} is a script; take it out.")
        elif name == "href" and tag in ("a", "mj-button") and bare in ("", "#"):
            self._say("warning", "messaging.no_link", "A link leads nowhere; give it an address.")
        elif name == "src" and bare.startswith("data:") and len(value) > EMBEDDED_SIGNS_MAX:
            message = f"An image of {len(value) // 1024} KB is inside of the message; put it on a server."
            self._say("warning", "messaging.large_image", message)

    def _say(self, severity: str, code: str, message: str) -> None:
        self.remarks.append((severity, self.getpos()[0], code, message))


def _marked(source: str) -> str:
    """Liquid as words that cannot be taken for markup, with the lines it had."""
    return LIQUID.sub(lambda found: "lqd" + "\n" * found[0].count("\n"), source)


def _without_comments(source: str) -> str:
    source = re.sub(r"\{%-?\s*comment\b.*?endcomment\s*-?%\}", "", source, flags=re.DOTALL)
    return re.sub(r"<!--(?!\[if).*?-->", "", source, flags=re.DOTALL)


def _last_line(source: str) -> int | None:
    return source.rstrip().count("\n") + 1 if source.strip() else None


def _line_of(source: str, words: str) -> int | None:
    at = source.find(words)
    return source.count("\n", 0, at) + 1 if at >= 0 else None
