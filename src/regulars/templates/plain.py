"""The plain text of HTML: words, links with their addresses, lines where one would see them."""

import re
from html.parser import HTMLParser

from regulars.templates.masking import LIQUID

SKIPPED = frozenset({"style", "script", "title", "head"})
BREAKS = frozenset({
    "p", "div", "table", "tr", "ul", "ol", "section", "header", "footer", "blockquote", "pre",
})  # fmt: skip
EMPTY = frozenset({"img", "br", "meta", "link", "input", "hr", "area", "base", "col", "wbr"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MARK = "\ue000"
INDENTED = re.compile(r"[ \t]*\n[ \t]+(?=\S)")
LINES = re.compile(r"\n[ \t\xa0]*(?:\n[ \t\xa0]*)+")


def plain_text(html: str) -> str:
    """Return what HTML says, as text; Liquid in it stays Liquid."""
    pieces: list[str] = []

    def keep(found: re.Match[str]) -> str:
        pieces.append(found[0])
        return f"{MARK}{len(pieces) - 1}{MARK}"

    reader = _Reader()
    reader.feed(LIQUID.sub(keep, html))
    reader.close()
    text = tidy("\n".join(line.strip() for line in "".join(reader.parts).replace("\xa0", " ").splitlines()))
    return re.sub(f"{MARK}(\\d+){MARK}", lambda found: pieces[int(found[1])], text)


def tidy(text: str) -> str:
    """Return the text with lines that begin at their words, and at most one empty line in a row."""
    return LINES.sub("\n\n", INDENTED.sub("\n", text)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden: list[str] = []
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.hidden or tag in SKIPPED or _unseen(given):
            if tag not in EMPTY:
                self.hidden.append(tag)
            return
        if tag == "a":
            self.links.append((given.get("href", ""), len(self.parts)))
        elif tag == "img":
            self.parts.append(given.get("alt", ""))
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "hr":
            self.parts.append("\n\n---\n\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in HEADINGS or tag in BREAKS:
            self.parts.append("\n\n" if tag in HEADINGS or tag in ("p", "table") else "\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            if tag in self.hidden:
                while self.hidden.pop() != tag:
                    pass
            return
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        elif tag in HEADINGS or tag in BREAKS:
            self.parts.append("\n\n" if tag in HEADINGS or tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _link(self, address: str, since: int) -> None:
        words = "".join(self.parts[since:]).strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if not bare or bare.startswith("#") or words == bare:
            return
        self.parts.append(f" ({bare})" if words else bare)

    def handle_comment(self, data: str) -> None:
        """Keep the Liquid tags that stand between elements; conditional comments are for one client."""
        if not self.hidden and re.fullmatch(f"{MARK}\\d+{MARK}", data):
            self.parts.append(data)


def _unseen(given: dict[str, str]) -> bool:
    return "display:none" in given.get("style", "").replace(" ", "").lower()
