"""Liquid inside markup: taken out before a compiler reads the markup, and put back after.

A word stands for each piece of Liquid where signs may stand (in text, in the value of an attribute); a
comment where only elements may, such as between the rows of a table, whence a parser would move a word.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LIQUID = re.compile(
    r"\{%-?\s*(?P<whole>raw|comment|doc)\b.*?\{%-?\s*end(?P=whole)\s*-?%\}"
    r"|\{\{.*?\}\}|\{%.*?%\}",
    re.DOTALL,
)
WORD = re.compile(r"lqd(\d+)x")
MASKED = re.compile(r'<!--lqd(\d+)x-->|lqd(\d+)x(?:="")?')
TOKEN = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<tag><(?P<close>/?)(?P<name>[a-zA-Z][^\s>/]*)(?P<inside>(?:\"[^\"]*\"|'[^']*'|[^'\">])*)>)"
    r"|(?P<text>[^<]+|<)",
    re.DOTALL,
)
TAG_OR_STYLE = re.compile(
    r"<style\b[^>]*>(?P<sheet>.*?)</style>|<[a-zA-Z][^\s>/]*(?:\"[^\"]*\"|'[^']*'|[^'\">])*>",
    re.DOTALL | re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=/>\"']+)(?P<is>\s*=\s*)(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))"
)
# What is inside is text, whatever it looks like.
TEXT_ONLY = frozenset({"title", "style", "textarea", "script", "mj-style", "mj-title", "mj-preview"})
TABLE_PARTS = frozenset({"table", "tbody", "thead", "tfoot", "tr", "mj-table"})
VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "area", "base", "col", "source", "wbr"})
# MJML elements that hold words; all others hold elements only.
WORDED = frozenset({
    "mj-text", "mj-button", "mj-table", "mj-raw", "mj-navbar-link", "mj-social-element",
    "mj-accordion-title", "mj-accordion-text", *TEXT_ONLY,
})  # fmt: skip
ADDRESSES = frozenset({
    "href", "src", "action", "background", "background-url", "poster", "formaction", "cite", "longdesc",
    "xlink:href", "data", "srcset", "base-url", "icon-close-url", "icon-open-url",
})  # fmt: skip
SETTLES = re.compile(r"[:/?#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """Markup without Liquid, and the Liquid that belongs into it."""

    markup: str
    pieces: tuple[str, ...]

    def restored(self, html: str) -> str:
        """Put the Liquid back into HTML; what it prints into an address or a style is bound to be one."""
        pieces = list(self.pieces)
        bound = TAG_OR_STYLE.sub(lambda found: _bound_tag(pieces, found), html) if pieces else html
        return MASKED.sub(lambda found: pieces[int(found[1] or found[2])], bound)

    def said(self, text: str) -> str:
        """Put the Liquid back as it was, into a message for people."""
        return MASKED.sub(lambda found: self.pieces[int(found[1] or found[2])], text)


@dataclass(slots=True)
class _Reading:
    """One pass through the markup."""

    pieces: list[str]
    mjml: bool
    open: list[str]


def masked(source: str, *, mjml: bool = False) -> Masked:
    """Take the Liquid out. In MJML, Liquid between elements becomes raw elements of its own."""
    pieces: list[str] = []

    def word(found: re.Match[str]) -> str:
        pieces.append(found[0])
        return f"lqd{len(pieces) - 1}x"

    # Somebody who writes such a word by hand would get Liquid of ours in its place.
    worded = LIQUID.sub(word, WORD.sub(lambda found: f"lqd {found[1]}x", source))
    if not pieces:
        return Masked(markup=source, pieces=())
    reading = _Reading(pieces=pieces, mjml=mjml, open=[])
    markup = "".join(_token(reading, found) for found in TOKEN.finditer(worded))
    return Masked(markup=markup, pieces=tuple(reading.pieces))


def _token(reading: _Reading, found: re.Match[str]) -> str:
    if found["comment"]:
        return found["comment"]
    if found["tag"]:
        return _tag(reading, found)
    within = reading.open[-1] if reading.open else ""
    if within in TEXT_ONLY:
        return found["text"]
    only_elements = reading.mjml and within not in WORDED and not (set(reading.open) & WORDED)
    return WORD.sub(lambda word: _standing(reading, word, only_elements, within), found["text"])


def _standing(reading: _Reading, word: re.Match[str], only_elements: bool, within: str) -> str:  # noqa: FBT001
    if only_elements:
        return f"<mj-raw><!--{word[0]}--></mj-raw>"
    is_tag = reading.pieces[int(word[1])].startswith("{%")
    return f"<!--{word[0]}-->" if is_tag or within in TABLE_PARTS else word[0]


def _tag(reading: _Reading, found: re.Match[str]) -> str:
    name = found["name"].lower()
    if found["close"]:
        if name in reading.open:
            while reading.open.pop() != name:
                pass
    elif name not in VOID and not found["inside"].rstrip().endswith("/"):
        # A script would hide all that follows from here; it is refused at review.
        reading.open.append(name)
    return found[0]


def has_bare_liquid(markup: str) -> bool:
    """Whether Liquid stands in a tag outside of the values, where a parser would take it for attributes."""
    return any(
        WORD.search(ATTRIBUTE.sub("", found["inside"])) for found in TOKEN.finditer(markup) if found["tag"]
    )


def _bound_tag(pieces: list[str], found: re.Match[str]) -> str:
    if found["sheet"] is not None:
        return _bound(pieces, found[0], "css_text")
    if not WORD.search(found[0]):
        return found[0]
    return ATTRIBUTE.sub(lambda one: _attribute(pieces, one), found[0])


def _attribute(pieces: list[str], found: re.Match[str]) -> str:
    said = next(one for one in (found["double"], found["single"], found["bare"]) if one is not None)
    if not WORD.search(said):
        return found[0]
    name = found["name"].lower()
    if name in ADDRESSES:
        said = _address(pieces, said)
    elif name == "style":
        said = _bound(pieces, said, "css_text")
    quote = "'" if found["single"] is not None else '"'  # Unquoted, a space in a value ends it.
    return f"{found['name']}{found['is']}{quote}{said}{quote}"


def _address(pieces: list[str], said: str) -> str:
    """Where the scheme is not written out before it, what is printed must not bring a bad one."""
    kept: list[str] = []
    settled = False
    for part in _parts(said):
        word = WORD.fullmatch(part)
        if word and not settled:
            kept.append(_bound(pieces, part, "web_address"))
            continue
        settled = settled or (word is None and SETTLES.search(part) is not None)
        kept.append(part)
    return "".join(kept)


def _parts(said: str) -> Iterator[str]:
    at = 0
    for found in WORD.finditer(said):
        if found.start() > at:
            yield said[at : found.start()]
        yield found[0]
        at = found.end()
    if at < len(said):
        yield said[at:]


def _bound(pieces: list[str], said: str, name: str) -> str:
    return WORD.sub(lambda word: _filtered(pieces, word, name), said)


def _filtered(pieces: list[str], word: re.Match[str], name: str) -> str:
    """Stand a piece of its own with one more filter in its place, if it prints."""
    piece = pieces[int(word[1])]
    bound = with_filter(piece, name)
    if bound == piece:
        return word[0]
    pieces.append(bound)
    return f"lqd{len(pieces) - 1}x"


ECHO = re.compile(r"\{%-?\s*echo\b")


def with_filter(piece: str, name: str) -> str:
    if not piece.startswith("{{") and not ECHO.match(piece):
        return piece
    end = len(piece) - (3 if piece[-3] == "-" else 2)
    return f"{piece[:end].rstrip()} | {name} {piece[end:]}"


def each_piece(source: str, change: Callable[[str], str]) -> str:
    """Return the source with each piece of Liquid changed."""
    return LIQUID.sub(lambda found: change(found[0]), source)
