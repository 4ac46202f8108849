"""Which hosts the company itself wrote: clicks on links that lead elsewhere are not counted.

Whatever is counted leads by an address of ours. An address that a customer typed must not: the link would be
ours to look at, and lead wherever they like.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Literal

from regulars.templates.masking import LIQUID

PIECE = "\x00"  # Stands for what Liquid prints: a host beside it is not all of the host.
ADDRESS = re.compile(r"https?://([^\s\"'<>/?#\\{}|@:,;()\x00]++)(?=[/?#:\s\"'<>,;)]|\Z)", re.IGNORECASE)
# What holds whatever customers, or the systems that report them, say.
SAID_BY_OTHERS = frozenset({"traits", "event", "entry", "customer"})
HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
# Liquid that prints, where the host of a web address would stand.
NUMBERED = re.compile(r"\x00(\d+)\x00")
WHOLE = re.compile(r"\s*(?:https?://)?(?P<host>[^/?#\s]*\x00\d+\x00[^/?#\s]*)", re.IGNORECASE)
WRITTEN_OUT = re.compile(r"https?://(?P<host>[^/?#\s<>\"']*\x00\d+\x00)", re.IGNORECASE)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
FILTER = re.compile(r"\|\s*\w+")
PATH = re.compile(r"(?<![\w.])([a-z_]\w*)(?:\.\w+|\[[^\]]*\])*", re.IGNORECASE)
ASSIGNED = re.compile(r"\{%-?\s*(?:assign\s+(\w+)\s*=|for\s+(\w+)\s+in\b|capture\s+(\w+)|endcapture\b)")

# How a text is written: as markup, as plain text, or as one address and nothing else.
Written = Literal["markup", "text", "address"]


def host(said: str) -> str:
    """A host as it is compared: in small letters, as name servers know it."""
    plain = said.lower().rstrip(".")
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return ""


def hosts_written(said: Iterable[str]) -> frozenset[str]:
    """The hosts of addresses that stand whole in these texts, inside of Liquid too."""
    found = set()
    for text in said:
        pieces = [piece[0] for piece in LIQUID.finditer(text)]
        for part in (LIQUID.sub(PIECE, text), *pieces):
            found |= {host(address[1]) for address in ADDRESS.finditer(unescape(part))}
    return frozenset(found - {""})


def led_by_others(source: str, written: Written) -> list[str]:
    """The variables, as in traits.site, that say where links of a text lead, and that customers say."""
    pieces = [piece[0] for piece in LIQUID.finditer(source)]
    numbers = iter(range(len(pieces)))
    text = LIQUID.sub(lambda _piece: f"{PIECE}{next(numbers)}{PIECE}", source)
    others = _others(pieces)
    paths = (
        path
        for target in _targets(text, written)
        for number in NUMBERED.findall(target["host"])
        for path in _paths(pieces[int(number)])
    )
    return sorted({path for path in paths if _root(path) in others})


def _targets(text: str, written: Written) -> Iterator[re.Match[str]]:
    """What stands where the hosts of links stand, and has Liquid in it."""
    if written == "text":
        yield from WRITTEN_OUT.finditer(text)
        return
    said = [text]
    if written == "markup":
        said = [next(one for one in found.groups() if one is not None) for found in HREF.finditer(text)]
    for one in said:
        whole = WHOLE.match(one)
        if whole is not None and ":" not in whole["host"].partition(PIECE)[0]:  # A mailto: leads to no page.
            yield whole


def _others(pieces: list[str]) -> set[str]:
    """The names that hold what others say, with those that the template gives it."""
    found = set(SAID_BY_OTHERS)
    for _ in range(3):  # A name of a name of a name.
        before, captured = len(found), ""
        for piece in pieces:
            named = ASSIGNED.match(piece)
            if named and named[0].endswith("endcapture"):
                captured = ""
            elif named and named[3]:
                captured = named[3]
            elif named or captured:
                rest = piece[named.end() :] if named else piece
                if any(_root(path) in found for path in _paths(rest)):
                    found.add(named[1] or named[2] if named else captured)
        if len(found) == before:
            break
    return found


def _paths(piece: str) -> Iterator[str]:
    for found in PATH.finditer(FILTER.sub("", QUOTED.sub("", piece))):
        yield found[0]


def _root(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
