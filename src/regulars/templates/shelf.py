"""What templates share: the blocks they put in, and the brand they speak for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup, Preview, Ref, all_live, live, used_by
from regulars.kernel import CallerError, Finding
from regulars.templates.link_hosts import hosts_written
from regulars.templates.masking import LIQUID, each_piece

BRAND_KEY = "main"
DEPTH_MAX = 5
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
BARE_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
HOST = re.compile(BARE_HOST.pattern + r"(:\d{1,5})?")
RENDER = re.compile(
    r"\{%-?\s*render\s+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')"
    r"(?:\s+(?P<how>with|for)\s+(?P<what>[^\s,%]+)(?:\s+as\s+(?P<name>\w+))?)?"
    r"\s*(?:,\s*)?(?P<given>.*?)\s*-?%\}",
    re.DOTALL,
)
GIVEN = re.compile(r"(?P<name>\w+)\s*:\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s,]+)\s*(?:,|\Z)")
OTHER_RENDER = re.compile(r"\{%-?\s*(?:render|include)\b|\{%-?\s*liquid\b[^%]*\b(?:render|include)\b")


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece that several templates put in, in the forms they need."""

    title: str
    html: str = ""
    mjml: str = ""  # For MJML; left empty, its HTML is put there, which fits inside of words.
    text: str = ""  # For plain text, subjects and the like; left empty, it is derived from the HTML.
    description: str = ""


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the company looks and what the law wants said, once for all templates."""

    name: str
    website: str = ""
    logo: str = ""  # The address of an image.
    colour: str = "#2456a6"  # Of buttons and links; white words must be readable on it.
    ink: str = "#1f2933"
    paper: str = "#f4f5f7"  # Behind the message.
    font: str = "Helvetica, Arial, sans-serif"
    footer: str = ""
    address: str = ""  # The postal address that advertising must name.
    languages: tuple[str, ...] = ()
    # Where templates may fetch from, as in api.shop.example or api.shop.example:8443.
    fetch_hosts: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    # Where links may lead by us besides hosts that templates and the catalogue name, as in blog.shop.example.
    link_hosts: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()


BRAND_FIELDS = ("name", "website", "logo", "colour", "ink", "paper", "font", "footer", "address")
BUILT_IN_BRAND = Brand(name="Our company")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The blocks that a template uses, by way of others too, and the brand."""

    brand: Brand = BUILT_IN_BRAND
    blocks: tuple[tuple[str, Block], ...] = field(default_factory=tuple)

    def block(self, key: str) -> Block | None:
        return next((block for name, block in self.blocks if name == key), None)

    def link_hosts(self) -> frozenset[str]:
        """The hosts that the brand and the blocks name: clicks on links to them may be counted."""
        said = [part for _, block in self.blocks for _, part in block_parts(block)]
        brand = self.brand
        return hosts_written((*said, brand.website, brand.footer, brand.logo)) | {*brand.link_hosts}

    def said_of_brand(self) -> dict[str, str]:
        given = {name: getattr(self.brand, name) for name in BRAND_FIELDS}
        return {name: said for name, said in given.items() if said}


BARE = Shelf()


class Unplaceable(CallerError):
    """A block cannot be put in."""

    code = "messaging.block"


def keys_used(sources: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Return the keys of the blocks that these parts put in, each with the first part that does."""
    found: dict[str, str] = {}
    for part, source in sources:
        for piece in LIQUID.finditer(source):
            if used := RENDER.fullmatch(piece[0]):
                found.setdefault(_key(used), part)
    return found


def refs(sources: Iterator[tuple[str, str]]) -> list[Ref]:
    return [Ref(kind="block", key=key, path=part) for key, part in keys_used(sources).items()]


def block_parts(block: Block) -> Iterator[tuple[str, str]]:
    yield from ((part, said) for part in ("html", "mjml", "text") if (said := getattr(block, part)))


def put_in(source: str, part: str, shelf: Shelf, derive: Callable[[str], str]) -> str:
    """Return the source with the blocks in place; raises Unplaceable.

    They are put in as text, so that they are compiled, styled and judged with the template: what a block
    assigns, the rest of the template sees.
    """
    return _put_in(source, part, shelf, derive, ())


def _put_in(
    source: str, part: str, shelf: Shelf, derive: Callable[[str], str], inside: tuple[str, ...]
) -> str:
    if "render" not in source and "include" not in source:
        return source

    def change(piece: str) -> str:
        used = RENDER.fullmatch(piece)
        if used is None:
            if OTHER_RENDER.match(piece):
                raise Unplaceable(f'{piece[:80]!r}: write {{% render "key" %}} with the key of a block.')
            return piece
        key = _key(used)
        if key in inside:
            circle = " → ".join((*inside[inside.index(key) :], key))
            raise Unplaceable(f"The blocks go in a circle: {circle}; take one out.")
        if len(inside) == DEPTH_MAX:
            raise Unplaceable(f"Blocks in blocks go {DEPTH_MAX} deep, not deeper, as in {key!r}.")
        block = shelf.block(key)
        if block is None:
            raise Unplaceable(f"No block {key!r} is live; publish it first.")
        return _dressed(
            used, key, _put_in(_form(block, part, key, derive), part, shelf, derive, (*inside, key))
        )

    return each_piece(source, change)


def _key(used: re.Match[str]) -> str:
    return used["double"] if used["double"] is not None else used["single"]


def _form(block: Block, part: str, key: str, derive: Callable[[str], str]) -> str:
    if part == "mjml" and block.mjml:
        return block.mjml
    if part in ("mjml", "html"):
        if not block.html:
            raise Unplaceable(f"The block {key!r} has no {part.upper()}; give it one, or leave it out here.")
        return block.html
    if not block.text and not block.html:
        raise Unplaceable(f"The block {key!r} has no text; give it one, or leave it out here.")
    return block.text or derive(block.html)


def _dressed(used: re.Match[str], key: str, body: str) -> str:
    """What the tag gives the block, as assignments or a loop round it."""
    given = used["given"] or ""
    if given and GIVEN.sub("", given).strip():
        raise Unplaceable(f"{used[0][:80]!r}: give a block values as in name: 'text', count: 3.")
    before = "".join(f"{{% assign {one['name']} = {one['value']} %}}" for one in GIVEN.finditer(given))
    name = used["name"] or key.replace("-", "_")
    if used["how"] == "for":
        return f"{before}{{% for {name} in {used['what']} %}}{body}{{% endfor %}}"
    if used["how"] == "with":
        before += f"{{% assign {name} = {used['what']} %}}"
    return before + body


def live_shelf(tx: Tx, sources: Iterator[tuple[str, str]]) -> Shelf:
    """The live blocks that these parts use, and the live brand."""
    wanted = keys_used(sources)
    every = {one.key: one.body for one in all_live(tx, BLOCK)} if wanted else {}
    found = live(tx, BRAND, BRAND_KEY)
    return Shelf(brand=found.body if found else BUILT_IN_BRAND, blocks=_reached(wanted, every.get))


def shelf_of(lookup: Lookup, sources: Iterator[tuple[str, str]]) -> Shelf:
    """The same for a review, with what is applied together with it."""
    brand = lookup.live(BRAND, BRAND_KEY) or BUILT_IN_BRAND
    return Shelf(brand=brand, blocks=_reached(keys_used(sources), lambda key: lookup.live(BLOCK, key)))


def _reached(wanted: dict[str, str], find: Callable[[str], Block | None]) -> tuple[tuple[str, Block], ...]:
    found: dict[str, Block] = {}
    waiting = list(wanted)
    while waiting:
        key = waiting.pop()
        block = find(key) if key not in found else None
        if block is not None:
            found[key] = block
            waiting.extend(keys_used(block_parts(block)))
    return tuple(sorted(found.items(), key=lambda one: one[0]))


def _brand_findings(body: Brand, _lookup: Lookup) -> list[Finding]:
    found = [
        Finding(
            path=part,
            code="messaging.colour",
            message=f"{said[:20]!r} is no colour; write six digits, as in #2456a6.",
        )
        for part in ("colour", "ink", "paper")
        if not COLOUR.fullmatch(said := getattr(body, part))
    ]
    found += [
        Finding(
            path=part,
            code="messaging.address",
            message=f"{said[:80]!r} is no address of the web; begin with https://.",
        )
        for part in ("website", "logo")
        if (said := getattr(body, part)) and not said.startswith(("https://", "http://"))
    ]
    found += [
        Finding(
            path=f"{part}[{place}]",
            code="messaging.host",
            message=f"{host[:80]!r} is no host; write it as in {example}.shop.example, without https://.",
        )
        for part, shape, example in (("fetch_hosts", HOST, "api"), ("link_hosts", BARE_HOST, "blog"))
        for place, host in enumerate(getattr(body, part))
        if not shape.fullmatch(host)
    ]
    return found


def _brand_sentence(body: Brand) -> str:
    hosts = f"; templates may fetch from {', '.join(body.fetch_hosts)}" if body.fetch_hosts else ""
    if body.link_hosts:
        hosts += f"; clicks are counted on links to {', '.join(body.link_hosts)} too"
    return (
        f"All templates speak for “{body.name}”, in {body.colour} and {body.font.partition(',')[0]}{hosts}."
    )


def _block_sentence(body: Block) -> str:
    forms = [name for name, said in (("HTML", body.html), ("MJML", body.mjml), ("text", body.text)) if said]
    return f"A piece that templates put in, as {' and '.join(forms) or 'nothing yet'}."


def _block_uses(body: Block) -> list[Ref]:
    return refs(block_parts(body))


def _block_preview(tx: Tx, found: Definition[Any], _at: object) -> Preview:
    users = [one for one in used_by(tx, "block", found.key) if one.state == "live"]
    told = ", ".join(f"“{one.title}”" for one in users[:10])
    return Preview(
        headline=_block_sentence(found.body),
        facts=(("Used by", told or "nothing that is live"),),
        warnings=(
            (f"{len(users)} live definitions say it this way from their next message on.",) if users else ()
        ),
    )


def _brand_preview(_tx: Tx, found: Definition[Any], _at: object) -> Preview:
    return Preview(
        headline=_brand_sentence(found.body),
        warnings=("All templates that name the brand say it this way from their next message on.",),
    )


BRAND = Kind(
    name="brand",
    title="Brand",
    plural="Brands",
    body=Brand,
    sentence=_brand_sentence,
    validate=_brand_findings,
    preview=_brand_preview,
)
BLOCK = Kind(
    name="block",
    title="Block",
    plural="Blocks",
    body=Block,
    sentence=_block_sentence,
    uses=_block_uses,
    preview=_block_preview,
)
