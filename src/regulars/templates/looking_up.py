"""Whether links are alive and images small enough: asked of the web, only when somebody wants to know."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from regulars.kernel import RegularsError
from regulars.outgoing import WayOut
from regulars.templates.checking import Remark
from regulars.templates.masking import LIQUID
from regulars.templates.preparing import Misplaced, in_variant, sources
from regulars.templates.shelf import BARE, Shelf
from regulars.templates.template import Template

TIME_S = 5.0
IMAGE_BYTES = 1_000_000
IMAGE_BYTES_MAX = 10_000_000
ADDRESSES_MAX = 50
LINK = re.compile(r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
IMAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
NOT_FOR_HEAD = (403, 405, 501)
BAD = 400


def look_up(body: Template, way: WayOut, shelf: Shelf = BARE) -> list[Remark]:
    """Ask each address that is written out, at most 50 of them, and return what is wrong with them."""
    links, images = _addresses(body, shelf)
    part = "mjml" if body.mjml else "html"
    return [
        Remark(severity=severity, part=part, line=None, code=code, message=message)  # type: ignore[arg-type]
        for severity, code, message in (*_dead(way, links), *_large(way, images))
    ]


def _addresses(body: Template, shelf: Shelf) -> tuple[list[str], list[str]]:
    links: dict[str, None] = {}
    images: dict[str, None] = {}
    for one in (body, *(in_variant(body, variant) for variant in body.variants)):
        try:
            html = sources(one, shelf).get("html") or ""
        except Misplaced:
            continue
        links |= dict.fromkeys(_written_out(LINK.findall(html)))
        images |= dict.fromkeys(_written_out(IMAGE.findall(html)))
    if body.link and not LIQUID.search(body.link):
        links[body.link] = None
    if body.image and not LIQUID.search(body.image):
        images[body.image] = None
    return list(links)[:ADDRESSES_MAX], list(images)[:ADDRESSES_MAX]


def _written_out(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    for double, single in found:
        address = unescape(double or single)
        if address.startswith(("http://", "https://")) and not LIQUID.search(address):
            yield address


def _dead(way: WayOut, links: list[str]) -> Iterator[tuple[str, str, str]]:
    for address in links:
        try:
            answer = way.request("HEAD", address, time_s=TIME_S, cut=True)
            if answer.status in NOT_FOR_HEAD:
                answer = way.request("GET", address, time_s=TIME_S, bytes_max=1_000, cut=True)
        except RegularsError as cause:
            yield "warning", "messaging.dead_link", f"The link {address[:200]} does not answer: {cause}"
            continue
        if answer.status >= BAD:
            yield "warning", "messaging.dead_link", f"The link {address[:200]} answers {answer.status}."


def _large(way: WayOut, images: list[str]) -> Iterator[tuple[str, str, str]]:
    for address in images:
        try:
            answer = way.request("GET", address, time_s=TIME_S, bytes_max=IMAGE_BYTES_MAX + 1, cut=True)
        except RegularsError as cause:
            yield "warning", "messaging.dead_image", f"The image {address[:200]} does not answer: {cause}"
            continue
        size = max(len(answer.content), _announced(answer.headers.get("content-length", "")))
        if answer.status >= BAD:
            yield "warning", "messaging.dead_image", f"The image {address[:200]} answers {answer.status}."
        elif size > IMAGE_BYTES_MAX:
            message = (
                f"The image {address[:200]} has more than 10 MB; nobody waits for that. Make it smaller."
            )
            yield "error", "messaging.large_image", message
        elif size > IMAGE_BYTES:
            message = f"The image {address[:200]} has {size / 1e6:.1f} MB; make it smaller than 1 MB."
            yield "warning", "messaging.large_image", message


def _announced(length: str) -> int:
    return int(length) if length.isdigit() else 0
