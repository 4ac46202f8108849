"""The targets of links: kept once a source, by number; a link in a message names the number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from regulars.db import Tx, maybe, one, rows, run
from regulars.responses.statements import SQL
from regulars.responses.tokens import Key, key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    link_id: int
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    url: str | None  # None: it was one person's, and they are erased.


def key(tx: Tx) -> Key:
    return key_of(bytes(one(tx, SQL.secret, _Secret).value))


def keep_links(tx: Tx, source_id: int, own: Mapping[str, int | None]) -> dict[str, int]:
    """The numbers of these targets of a source; each with whose alone it is, or None.

    A target that a second person gets is nobody's own any more.
    """
    if not own:
        return {}
    urls = sorted(own)
    hashes = [sha256(url.encode()).digest() for url in urls]
    run(tx, SQL.keep_links, source_id=source_id, urls=urls, hashes=hashes, atoms=[own[url] for url in urls])
    found = rows(tx, SQL.links, _Link, source_id=source_id, hashes=hashes)
    return {link.url: link.link_id for link in found if link.url is not None}


def target_of(tx: Tx, link_id: int) -> Target | None:
    return maybe(tx, SQL.target, Target, link_id=link_id)


def urls_of(tx: Tx, link_ids: Iterable[int]) -> dict[int, str]:
    found = rows(tx, SQL.link_urls, _Link, link_ids=list(link_ids))
    return {link.link_id: link.url or "" for link in found}
