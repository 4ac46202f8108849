"""SPF (RFC 7208): who may send for a domain, followed through includes, and whether we are among them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from regulars.deliverability.asking import Asker

LOOKUPS_MAX = 10  # Of names, by section 4.6.4; whoever needs more fails for everybody.
VOID_MAX = 2
MODIFIERS = ("redirect=", "exp=")


class Broken(Exception):
    """The record cannot be used, whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """What a domain's record says of us."""

    record: str  # Empty: there is none.
    lookups: int
    passes: bool
    by: str  # Which part lets us pass.
    problem: str  # Why nobody can use it, or nobody should.


def look_at_spf(asker: Asker, domain: str, *, addresses: Sequence[str], includes: Sequence[str]) -> Spf:
    """Follow the record; we are let through by an address of ours or by the name of our provider."""
    walk = _Walk(asker=asker, addresses=addresses, includes=frozenset(includes))
    try:
        own = walk.record_of(domain)
        if own:
            walk.follow(domain, own, depth=0)
    except Broken as error:
        return Spf(record=walk.first, lookups=walk.lookups, passes=False, by=walk.by, problem=str(error))
    problem = "It ends in +all, which lets everybody send in your name." if walk.open else ""
    return Spf(record=own, lookups=walk.lookups, passes=bool(walk.by), by=walk.by, problem=problem)


def with_mechanism(record: str, mechanism: str) -> str:
    """The record that also lets us through.

    >>> with_mechanism("v=spf1 mx -all", "include:amazonses.com")
    'v=spf1 mx include:amazonses.com -all'
    >>> with_mechanism("", "ip4:192.0.2.7")
    'v=spf1 ip4:192.0.2.7 ~all'
    """
    terms = record.split() or ["v=spf1", "~all"]
    if mechanism in terms:
        return " ".join(terms)
    ends = (n for n, term in enumerate(terms) if term.lstrip("+-~?") == "all" or term.startswith("redirect="))
    place = next(ends, len(terms))
    return " ".join([*terms[:place], mechanism, *terms[place:]])


def mechanism_of(addresses: Sequence[str], includes: Sequence[str]) -> str:
    """What lets us through, as it is written into the record."""
    if includes:
        return f"include:{includes[0]}"
    return " ".join(f"ip{ip_address(one).version}:{one}" for one in addresses)


@dataclass(slots=True, kw_only=True)
class _Walk:
    asker: Asker
    addresses: Sequence[str]
    includes: frozenset[str]
    lookups: int = 0
    void: int = 0
    by: str = ""
    open: bool = False
    first: str = ""
    seen: set[str] = field(default_factory=set)

    def record_of(self, domain: str) -> str:
        found = [one for one in self.asker.ask(domain, "TXT") if _is_spf(one)]
        self.first = self.first or (found[0] if found else "")
        if len(found) > 1:
            raise Broken(f"{domain} has {len(found)} SPF records; with more than one, none counts.")
        return found[0] if found else ""

    def follow(self, domain: str, record: str, *, depth: int) -> None:
        self.seen.add(domain.lower())
        for term in record.split()[1:]:
            self.term(domain, term, depth)

    def term(self, domain: str, term: str, depth: int) -> None:
        plain = term.lstrip("+")
        if plain.lower() == "all":
            self.open = True
            return
        if term[:1] in "-~?":
            return  # It says who may not; we look for who may.
        name, _, rest = plain.partition("=" if plain.lower().startswith(MODIFIERS) else ":")
        self._by_name(domain, name.lower(), rest, plain, depth)

    def _by_name(self, domain: str, name: str, rest: str, term: str, depth: int) -> None:
        if name in ("ip4", "ip6"):
            self._net(rest, term)
        elif name in ("include", "redirect"):
            self._into(rest, term, depth)
        elif name.partition("/")[0] in ("a", "mx"):
            self._hosts(name.partition("/")[0], rest.partition("/")[0] or domain, term)
        elif name in ("ptr", "exists"):
            self._count(term)
        elif name not in ("exp", "v"):
            raise Broken(f"{term[:60]!r} in the record of {domain} is nothing that SPF knows.")

    def _into(self, target: str, term: str, depth: int) -> None:
        self._count(term)
        if target.lower() in self.includes:
            self.by = self.by or term
        if "%" in target or target.lower() in self.seen:
            return  # A macro is worked out for each mail; a ring says nothing new.
        record = self.record_of(target)
        if not record:
            raise Broken(f"{term[:80]} leads to a name without an SPF record.")
        self.follow(target, record, depth=depth + 1)

    def _hosts(self, kind: str, target: str, term: str) -> None:
        self._count(term)
        if "%" in target:
            return
        hosts = [target] if kind == "a" else [one.split()[-1] for one in self.asker.ask(target, "MX")]
        found = [address for host in hosts for address in self.asker.addresses(host.rstrip(".") or ".")]
        self.void += not found
        if self.void > VOID_MAX:
            raise Broken(f"More than {VOID_MAX} names in the record lead nowhere, so it fails for everybody.")
        if set(found) & set(self.addresses):
            self.by = self.by or term

    def _net(self, text: str, term: str) -> None:
        try:
            net = ip_network(text, strict=False)
        except ValueError:
            raise Broken(f"{term[:60]!r} names no network.") from None
        if any(ip_address(one) in net for one in self.addresses if ip_address(one).version == net.version):
            self.by = self.by or term

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS_MAX:
            told = (
                f"It needs more than {LOOKUPS_MAX} lookups ({term[:60]} is one too many): nobody follows it."
            )
            raise Broken(told)


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
