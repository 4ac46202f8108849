"""Whether words can be read on what is behind them, as far as inline styles say (WCAG 2, level AA)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from regulars.templates.masking import LIQUID
from regulars.templates.plain import EMPTY
from regulars.templates.shelf import Brand

RATIO_MIN = 4.5
LARGE_RATIO_MIN = 3.0
LARGE_PX = 24.0
LARGE_BOLD_PX = 18.66
BOLD = 700
FINDINGS_MAX = 10
NAMES = {
    "white": "#ffffff", "black": "#000000", "red": "#ff0000", "green": "#008000", "blue": "#0000ff",
    "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0", "yellow": "#ffff00", "orange": "#ffa500",
    "navy": "#000080", "maroon": "#800000", "purple": "#800080", "teal": "#008080", "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3", "darkgray": "#a9a9a9", "darkgrey": "#a9a9a9", "pink": "#ffc0cb",
}  # fmt: skip
HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b")
RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
OF_BRAND = re.compile(r"\{\{-?\s*brand\.(\w+)\s*(?:\|[^}]*)?-?\}\}")

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How words look at one place; None: Liquid or an image decides."""

    tag: str = ""
    ink: Colour | None = (0, 0, 0)
    paper: Colour | None = (255, 255, 255)
    size_px: float = 16.0
    bold: bool = False
    hidden: bool = False


def contrast_findings(html: str, brand: Brand) -> Iterator[tuple[str, str]]:
    """Yield words that are hard to read, and what is wrong with their colours; each pair of colours once."""
    said = OF_BRAND.sub(lambda found: str(getattr(brand, found[1], "")), html)
    reader = _Reader()
    reader.feed(LIQUID.sub("…", said))
    reader.close()
    yield from reader.found[:FINDINGS_MAX]


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of relative luminances, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colour(said: str) -> Colour | None:
    text = NAMES.get(said.strip().lower(), said.strip().lower())
    if found := HEX.search(text):
        digits = found[1] if len(found[1]) == 6 else "".join(sign * 2 for sign in found[1])  # noqa: PLR2004
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := RGB.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    return None


def _luminance(one: Colour) -> float:
    parts = [value / 255 for value in one]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [_Look()]
        self.found: list[tuple[str, str]] = []
        self.seen: set[tuple[Colour, Colour]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY:
            self.open.append(_styled(self.open[-1], tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self.open) - 1, 0, -1):
            if self.open[at].tag == tag:
                del self.open[at:]
                return

    def handle_data(self, data: str) -> None:
        look, words = self.open[-1], " ".join(data.split())
        if not re.search(r"\w", words) or look.hidden or look.ink is None or look.paper is None:
            return
        large = look.size_px >= LARGE_PX or (look.bold and look.size_px >= LARGE_BOLD_PX)
        least, ratio = LARGE_RATIO_MIN if large else RATIO_MIN, contrast(look.ink, look.paper)
        if ratio < least and (look.ink, look.paper) not in self.seen:
            self.seen.add((look.ink, look.paper))
            message = (
                f"“{words[:40]}” is hard to read: {_hex(look.ink)} on {_hex(look.paper)} has a contrast of "
                f"{ratio:.1f} to 1, at least {least:g} is needed."
            )
            self.found.append((words, message))


def _styled(around: _Look, tag: str, given: dict[str, str]) -> _Look:
    styles = {
        name.strip().lower(): value.strip().removesuffix("!important").strip()
        for name, _, value in (one.partition(":") for one in given.get("style", "").split(";"))
    }
    look = replace(around, tag=tag)
    if tag in ("h1", "h2", "h3", "b", "strong", "th"):
        look = replace(look, bold=True)
    if tag in ("style", "script", "title", "head") or styles.get("display") == "none":
        look = replace(look, hidden=True)
    if "color" in styles:
        look = replace(look, ink=colour(styles["color"]))
    behind = styles.get("background-color") or styles.get("background") or given.get("bgcolor")
    if behind and behind not in ("transparent", "none"):
        look = replace(look, paper=colour(behind))
    if "background-image" in styles or given.get("background"):
        look = replace(look, paper=None)
    if size := re.match(r"([\d.]+)px", styles.get("font-size", "")):
        look = replace(look, size_px=float(size[1]))
    weight = styles.get("font-weight", "")
    if weight:
        look = replace(look, bold=weight == "bold" or (weight.isdigit() and int(weight) >= BOLD))
    return look


def _hex(one: Colour) -> str:
    return "#" + "".join(f"{value:02x}" for value in one)
