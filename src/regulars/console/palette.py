"""Search over everything, and the command palette of Ctrl-K."""

from dataclasses import dataclass
from itertools import islice

from regulars.console.console import pages
from regulars.console.frame import Found, Frame
from regulars.console.visit import Visiting, page
from regulars.kernel import fold

router = pages()
FOUND_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    asked: str
    found: tuple[Found, ...]


@router.get("/palette")
def palette(visit: Visiting, q: str = "") -> object:
    """What fits the words: pages one may see, then what each room finds."""
    asked = q.strip()[:100]
    lines = list(places(visit.frame, asked))
    if asked:
        for search in visit.console.searches:
            lines += islice(search(visit.actor, asked), 6)
    return page(visit, "palette.html", Palette(asked=asked, found=tuple(lines[:FOUND_MAX])))


def places(frame: Frame, asked: str) -> tuple[Found, ...]:
    wanted = fold(asked)
    return tuple(
        Found(title=area.title, href=area.href, kind="Go to", icon=area.icon, note=area.text)
        for area in frame.areas
        if wanted in fold(f"go to {area.title} {area.text}")
    )
