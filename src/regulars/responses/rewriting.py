"""Leading the links of a message by us: its HTML stays as it is but for the targets of links."""

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape, unescape
from urllib.parse import quote, urlsplit

# So long a value may be; beyond, a tag that never ends would be looked through again from each of its signs.
VALUE = 4_096
REST = rf"""(?:[^<>"']++|"[^"]{{0,{VALUE}}}"|'[^']{{0,{VALUE}}}'){{1,200}}+>"""
# The opening tag of a link, whatever its other attributes hold.
ANCHOR = re.compile(rf"<a(?:rea)?(?=[\s/]){REST}", re.IGNORECASE)
# The same in its group, and each other tag whole, so that what looks like a link in a value is none.
ANY_TAG = re.compile(rf"<(?:(a(?:rea)?(?=[\s/]){REST})|[a-z]{REST})", re.IGNORECASE)
# One attribute: its name, and its value in double, single or no quotes.
ATTRIBUTE = re.compile(
    r"""[\s/]+([^\s"'>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?+""", re.IGNORECASE
)
IN_TEXT = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]++", re.IGNORECASE)
AFTER_SENTENCE = ".,;:!?)*_~"
LEFT_ALONE = re.compile(r"""\s(?:data-track|clicktracking)\s*=\s*["']?(?:off|no|false)\b""", re.IGNORECASE)
TARGET_SIGNS_MAX = 4_000
HOST = re.compile(r"https?://([^/?#:]*)")
SAFE = "!#$%&'()*+,/:;=?@[]~-._"
# Gives where a target leads by us, or None to leave it as it is.
Lead = Callable[[str], str | None]
Place = tuple[int, int]  # Where something begins and ends.


def target(given: str, own: tuple[str, ...]) -> str | None:
    """The address behind a link if it can lead by us; None for our own pages and for what is no web page."""
    said = given.strip()
    if len(said) > TARGET_SIGNS_MAX or not said[:8].lower().startswith(("http://", "https://")):
        return None
    said = re.sub(r"[\t\r\n]", "", said)  # As browsers do.
    try:
        parts = urlsplit(said)
        if not parts.hostname or parts.username is not None:
            return None
        _ = parts.port
    except ValueError:
        return None
    if any(said.startswith((f"{one}/", f"{one}?", f"{one}#")) or said == one for one in own):
        return None
    if not parts.netloc.isascii():
        try:
            host = parts.hostname.encode("idna").decode()
        except UnicodeError:
            return None
        parts = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
    return quote(parts.geturl(), safe=SAFE)


def host_of(to: str) -> str:
    """The host of what `target` gave."""
    return HOST.match(to)[1].lower().rstrip(".")  # type: ignore[index]


def is_plain(html: str) -> bool:
    """Whether nothing but links looks like one: then they are found without reading the other tags."""
    return places(html, plain=True) == places(html)


def places(html: str, *, plain: bool = False) -> list[Place]:
    """Where in some HTML the targets of its links stand.

    `plain` spares reading the other tags, ten times as fast: for HTML of which `is_plain` says so.
    """
    found = []
    for tag in (ANCHOR if plain else ANY_TAG).finditer(html):
        if plain or tag[1] is not None:
            href = _href(tag[0])
            if href is not None:
                start = tag.start()
                found.append((start + href[0], start + href[1]))
    return found


def lead_html(html: str, at: Sequence[Place], lead: Lead) -> str:
    """The same HTML with links that lead elsewhere; `lead` is given targets as they are written."""
    pieces: list[str] = []
    after = 0
    for start, end in at:
        to = lead(html[start:end])
        if to is not None:
            pieces += (html[after:start], escape(to))
            after = end
    return "".join((*pieces, html[after:]))


def links_of_text(text: str) -> Iterator[str]:
    for found in IN_TEXT.finditer(text):
        yield found[0].rstrip(AFTER_SENTENCE)


def lead_text(text: str, lead: Lead) -> str:
    def led(found: re.Match[str]) -> str:
        said = found[0].rstrip(AFTER_SENTENCE)
        to = lead(said)
        return found[0] if to is None else to + found[0][len(said) :]

    return IN_TEXT.sub(led, text)


def _href(tag: str) -> tuple[int, int] | None:
    """Where in a tag the target of the link stands: of its first href, as browsers take it."""
    if LEFT_ALONE.search(tag):
        return None
    for found in ATTRIBUTE.finditer(tag, 2 if tag[2:3] in " \t\r\n\f/" else 5):
        if found[1].lower() == "href":
            group = next((n for n in (2, 3, 4) if found[n] is not None), None)
            return None if group is None else found.span(group)
    return None


def read_href(written: str) -> str:
    """The address that an attribute's text stands for."""
    return unescape(written)


def before_end(html: str, piece: str) -> str:
    """The HTML with a piece at the end of its body."""
    place = html.rfind("</body")
    if place < 0:
        place = html.rfind("</BODY")
    return html + piece if place < 0 else html[:place] + piece + html[place:]
