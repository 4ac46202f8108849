"""Who is one person: a pure function of everything seen and decided, whatever the order in which it came.

An *atom* is the customer of one identifier of its own. Evidence links atoms, in a fixed order: first what
somebody decided by hand, then identifiers that known customers share, then what ties an anonymous visitor to
others. A link is passed over where it would join two that somebody said are different, and an anonymous
visitor never joins two known people: it belongs to the one of its earliest link.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.customers.union import Groups

# An identifier that more atoms were seen with identifies nobody: a cashier's own card, a test number.
SHARERS_MAX = 50
# So many atoms that only rules hold together are no person; then rules merge none of them.
ATOMS_MAX = 500

USER, ANONYMOUS = "user_id", "anonymous_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    atom_id: int
    kind: str  # Of its own identifier: user_id or anonymous_id.
    value: str

    @property
    def known(self) -> bool:
        return self.kind == USER

    @property
    def place(self) -> tuple[bool, str]:
        """Its place in every order; the number would depend on who came first."""
        return not self.known, self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An identifier, not the atom's own, that the atom was seen with; verified, and of a kind that links."""

    atom_id: int
    kind: str
    value: str
    at: datetime  # First seen.


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """By hand: the two are one person, or are not."""

    one: int
    other: int
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    one: Atom
    other: Atom
    kind: str
    value: str
    at: datetime

    @property
    def tight(self) -> bool:
        """Between two known customers."""
        return self.one.known and self.other.known

    @property
    def place(self) -> tuple[object, ...]:
        return not self.tight, self.at, self.kind, self.value, self.one.place, self.other.place


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    survivors: dict[int, int]  # Of every atom.
    too_wide: tuple[frozenset[int], ...]  # Atoms that rules would hold together and that are too many.


def people(atoms: Iterable[Atom], claims: Iterable[Claim], decisions: Iterable[Decision]) -> dict[int, int]:
    """The survivor of each atom: the person's smallest known atom, else the smallest.

    Depends on the set of the evidence only. The atoms must be all that the evidence reaches.
    """
    return settled(atoms, claims, decisions).survivors


def settled(atoms: Iterable[Atom], claims: Iterable[Claim], decisions: Iterable[Decision]) -> People:
    """As `people`, and what was found too wide to be merged by rule."""
    by_id = {atom.atom_id: atom for atom in atoms}
    links = sorted(links_of(by_id, claims), key=lambda link: link.place)
    rulings = [d for d in decisions if d.one in by_id and d.other in by_id]
    wide = _too_wide(by_id, links)
    within = frozenset[int]().union(*wide)
    apart = [(d.one, d.other) for d in rulings if not d.same]
    groups = Groups(by_id, apart, known={atom.atom_id for atom in by_id.values() if atom.known})
    for one, other in _same(by_id, rulings):
        groups.join(one.atom_id, other.atom_id)
    for link in links:
        if link.kind == ANONYMOUS or link.one.atom_id not in within:
            groups.join(link.one.atom_id, link.other.atom_id, loose=not link.tight)
    return People(survivors=_survivors(by_id, groups.members()), too_wide=wide)


def _same(by_id: Mapping[int, Atom], rulings: Iterable[Decision]) -> list[tuple[Atom, Atom]]:
    """In an order that does not depend on numbers, the pair too."""
    pairs = (
        sorted((by_id[ruling.one], by_id[ruling.other]), key=lambda atom: atom.place)
        for ruling in rulings
        if ruling.same
    )
    return sorted(((one, other) for one, other in pairs), key=lambda pair: (pair[0].place, pair[1].place))


def links_of(by_id: Mapping[int, Atom], claims: Iterable[Claim]) -> Iterator[Link]:
    """What ties two atoms together: each shared identifier, as a star around one sharer."""
    own = {(atom.kind, atom.value): atom for atom in by_id.values()}
    shared: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.atom_id in by_id:
            shared[claim.kind, claim.value].append(claim)
    for (kind, value), sharers in shared.items():
        owner = own.get((kind, value))
        if kind == ANONYMOUS:
            yield from _earliest(by_id, owner, sharers)
        elif kind != USER or owner is not None:
            yield from _star(by_id, owner, sharers)


def _earliest(by_id: Mapping[int, Atom], owner: Atom | None, sharers: Sequence[Claim]) -> Iterator[Link]:
    """Whose browser it was first; later users of it are told by their own identifiers."""
    known = [claim for claim in sharers if by_id[claim.atom_id].known]
    if owner is not None and known:
        first = min(known, key=lambda claim: (claim.at, by_id[claim.atom_id].place))
        yield Link(one=owner, other=by_id[first.atom_id], kind=first.kind, value=first.value, at=first.at)


def _star(by_id: Mapping[int, Atom], owner: Atom | None, sharers: Sequence[Claim]) -> Iterator[Link]:
    """Every sharer is tied to one: whose own identifier it is, else the first known, else the first."""

    def place(claim: Claim) -> tuple[object, ...]:
        atom = by_id[claim.atom_id]
        return not atom.known, claim.at, atom.place

    others = sorted((c for c in sharers if owner is None or c.atom_id != owner.atom_id), key=place)
    if len(others) > SHARERS_MAX or not others:
        return
    centre = owner or by_id[others.pop(0).atom_id]
    for claim in others:
        other = by_id[claim.atom_id]
        yield Link(one=centre, other=other, kind=claim.kind, value=claim.value, at=claim.at)


def _too_wide(by_id: Mapping[int, Atom], links: Sequence[Link]) -> tuple[frozenset[int], ...]:
    """What identifiers alone would hold together, browsers not counted, beyond what a person can be."""
    groups = Groups(by_id, (), known=frozenset())
    for link in links:
        if link.kind != ANONYMOUS:
            groups.join(link.one.atom_id, link.other.atom_id)
    wide = (frozenset(members) for members in groups.members() if len(members) > ATOMS_MAX)
    return tuple(sorted(wide, key=min))


def _survivors(by_id: Mapping[int, Atom], groups: Iterable[Sequence[int]]) -> dict[int, int]:
    return {
        atom_id: survivor
        for members in groups
        for survivor in [min(members, key=lambda n: (not by_id[n].known, n))]
        for atom_id in members
    }
