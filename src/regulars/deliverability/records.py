"""The records of a sending domain: what stands in the name servers, and what to publish."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from regulars.deliverability.asking import Asker, CannotAsk
from regulars.deliverability.dmarc import dmarc_of, is_aligned
from regulars.deliverability.domains import SendingDomain
from regulars.deliverability.spf import look_at_spf, mechanism_of, with_mechanism

State = Literal["ok", "missing", "wrong", "unasked"]
SHOWN = 400
Findings = Iterator["Found"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What to publish, exactly."""

    host: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing asked of a domain."""

    item: str  # spf, dkim:selector, dmarc, mx, ptr, tracking.
    domain: str
    state: State
    found: str
    wanted: str
    records: tuple[Record, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known here of a domain beside its definition."""

    keys: Mapping[tuple[str, str], tuple[str, str]]  # By domain and selector: algorithm, public key.
    public_host: str = ""  # Where our own pages answer.


def look_at(asker: Asker, sending: SendingDomain, known: Known) -> list[Found]:
    """Ask for everything that a sending domain needs; what cannot be asked is said to be so."""
    asked: list[tuple[str, str, Callable[[], Findings]]] = [
        ("spf", sending.bounce_domain, lambda: _spf(asker, sending)),
        ("dkim", sending.domain, lambda: _dkim(asker, sending, known)),
        ("dmarc", sending.domain, lambda: _dmarc(asker, sending)),
        ("mx", sending.bounce_domain, lambda: _mx(asker, sending)),
        ("ptr", sending.domain, lambda: _ptr(asker, sending)),
        ("tracking", sending.tracking_domain, lambda: _tracking(asker, sending, known)),
    ]
    return [one for item, domain, ask in asked for one in _guarded(item, domain, ask)]


def _guarded(item: str, domain: str, ask: Callable[[], Findings]) -> list[Found]:
    try:
        return list(ask())
    except CannotAsk as error:
        wanted = "An answer of the name servers; it is asked again."
        return [Found(item=item, domain=domain, state="unasked", found=str(error), wanted=wanted)]


def _spf(asker: Asker, sending: SendingDomain) -> Findings:
    domain = sending.bounce_domain
    addresses = [one for host in sending.hosts for one in _addresses(asker, host)]
    seen = look_at_spf(asker, domain, addresses=addresses, includes=sending.includes)
    mechanism = mechanism_of(addresses, sending.includes)
    value = with_mechanism("" if seen.problem else seen.record, mechanism) if mechanism else seen.record
    publish = (Record(host=domain, type="TXT", value=value or "v=spf1 ~all"),)
    wanted = f"One record that lets {_who(sending, addresses)} send for {domain}."
    if not seen.record:
        yield _missing("spf", domain, "No SPF record.", wanted, publish)
    elif seen.problem:
        yield _wrong("spf", domain, f"{seen.problem} It says: {seen.record[:SHOWN]}", wanted, publish)
    elif not seen.passes:
        said = f"It does not name us: {seen.record[:SHOWN]}"
        yield _wrong("spf", domain, said, wanted, publish)
    else:
        said = f"{seen.record[:SHOWN]} (we pass by {seen.by}; {seen.lookups} of 10 lookups)"
        yield _ok("spf", domain, said, wanted)


def _who(sending: SendingDomain, addresses: list[str]) -> str:
    named = list(dict.fromkeys((*sending.includes, *sending.hosts, *addresses)))
    return ", ".join(named[:4]) or "what sends"


def _addresses(asker: Asker, host: str) -> tuple[str, ...]:
    """Those of a host, which may itself be written as one."""
    bare = host.strip("[]")
    return (bare,) if bare.replace(".", "").isdigit() or ":" in bare else asker.addresses(host)


def _dkim(asker: Asker, sending: SendingDomain, known: Known) -> Findings:
    for domain, selector in dict.fromkeys((*sending.signing, *known.keys)):
        yield _key(asker, domain, selector, known.keys.get((domain, selector)))
    if not sending.signing and not known.keys:
        wanted = "A key pair, made here, whose public half stands in the name servers."
        yield _missing("dkim", sending.domain, "The channel signs with no key.", wanted, ())
    elif not sending.signing:
        lines = ", ".join(f"{{domain: {domain}, selector: {selector}}}" for domain, selector in known.keys)
        wanted = f"Once the record is published, write into the channel: dkim: [{lines}]."
        yield _wrong("dkim", sending.domain, "There is a key, and the channel does not sign.", wanted, ())


def _key(asker: Asker, domain: str, selector: str, ours: tuple[str, str] | None) -> Found:
    item, host = f"dkim:{selector}", f"{selector}._domainkey.{domain}"
    texts = asker.ask(host, "TXT")
    if ours is None:
        wanted = f"A key pair made here for the selector {selector}: what is published belongs to another."
        said = texts[0][:SHOWN] if texts else "No record, and no key pair here."
        return _missing(item, domain, said, wanted, ())
    algorithm, public = ours
    publish = (Record(host=host, type="TXT", value=dkim_record(algorithm, public)),)
    wanted = f"The public half of the key that signs with the selector {selector}."
    if not texts:
        return _missing(item, domain, "No record.", wanted, publish)
    tags = tags_of(texts[0])
    given = "".join(tags.get("p", "").split())
    if len(texts) > 1:
        said = f"{len(texts)} records stand there; with more than one, which counts is chance."
        return _wrong(item, domain, said, wanted, publish)
    if not given:
        return _wrong(item, domain, "The key published there is empty: it was withdrawn.", wanted, publish)
    if given != public or tags.get("k", "rsa") != algorithm:
        return _wrong(item, domain, f"Another key stands there: {texts[0][:120]}", wanted, publish)
    return _ok(item, domain, f"Our {algorithm} key.", wanted)


def dkim_record(algorithm: str, public: str) -> str:
    return f"v=DKIM1; k={algorithm}; p={public}"


def tags_of(text: str) -> dict[str, str]:
    """The tags of a record of DKIM or DMARC.

    >>> tags_of("v=DMARC1; p=none;rua = mailto:a@b.example")
    {'v': 'DMARC1', 'p': 'none', 'rua': 'mailto:a@b.example'}
    """
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): said.strip() for name, _, said in pairs}


def _dmarc(asker: Asker, sending: SendingDomain) -> Findings:
    domain = sending.domain
    at, text = dmarc_of(asker, domain)
    publish = (
        Record(host=f"_dmarc.{domain}", type="TXT", value=f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"),
    )
    wanted = "A policy, with the domain that signs or that of the envelope equal to the sender's."
    tags = tags_of(text)
    if not text:
        yield _missing("dmarc", domain, "No DMARC record here or above.", wanted, publish)
        return
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        yield _wrong("dmarc", domain, f"It names no policy that is known: {text[:SHOWN]}", wanted, publish)
        return
    by = [
        name
        for name, other, strict in (
            *(("DKIM", one, tags.get("adkim") == "s") for one, _ in sending.signing),
            ("SPF", sending.bounce_domain, tags.get("aspf") == "s"),
        )
        if is_aligned(other, domain, at, strict=strict)
    ]
    by = list(dict.fromkeys(by))
    if not by:
        others = " nor ".join(dict.fromkeys((*(one for one, _ in sending.signing), sending.bounce_domain)))
        said = f"Neither {others} belongs to {domain}: {text[:SHOWN]}"
        yield _wrong("dmarc", domain, said, wanted, ())
        return
    reports = "" if "rua" in tags else "; no address for reports (rua)"
    yield _ok("dmarc", domain, f"{text[:SHOWN]} (at _dmarc.{at}; {' and '.join(by)} agree{reports})", wanted)


def _mx(asker: Asker, sending: SendingDomain) -> Findings:
    for domain in dict.fromkeys((sending.bounce_domain, sending.domain)):
        item = "mx" if domain == sending.bounce_domain else "mx:from"
        wanted = f"A mail server that takes what comes back to {domain}."
        publish = (Record(host=domain, type="MX", value="10 the name of your mail server"),)
        found = asker.ask(domain, "MX")
        if any(one.split()[-1] == "." for one in found):
            yield _wrong(item, domain, "It says that it takes no mail at all.", wanted, publish)
        elif not found:
            yield _missing(item, domain, "No mail server is named.", wanted, publish)
        elif not any(_addresses(asker, one.split()[-1]) for one in found):
            yield _wrong(item, domain, f"{', '.join(found)[:SHOWN]} has no address.", wanted, publish)
        else:
            yield _ok(item, domain, ", ".join(found)[:SHOWN], wanted)


def _ptr(asker: Asker, sending: SendingDomain) -> Findings:
    """Each sending address needs a name that leads back to it; providers see to theirs."""
    for host in sending.hosts:
        for address in _addresses(asker, host):
            names = asker.names_of(address)
            agrees = [name for name in names if address in asker.addresses(name)]
            wanted = f"A name of {address} that leads back to it; whoever gives you the address sets it."
            named = host.strip("[]") != address  # A server that is written as an address has no name to give.
            publish = (Record(host=address, type="PTR", value=host),) if named else ()
            if not names:
                yield _missing(f"ptr:{address}", host, "The address has no name.", wanted, publish)
            elif not agrees:
                said = f"It is called {', '.join(names)[:SHOWN]}, which leads elsewhere."
                yield _wrong(f"ptr:{address}", host, said, wanted, publish)
            else:
                yield _ok(f"ptr:{address}", host, agrees[0], wanted)


def _tracking(asker: Asker, sending: SendingDomain, known: Known) -> Findings:
    domain, ours = sending.tracking_domain, known.public_host
    if not domain:
        return
    wanted = f"A name that leads to {ours or 'this installation'}, where links and pictures answer."
    publish = (Record(host=domain, type="CNAME", value=ours or "the public name of this installation"),)
    alias, addresses = asker.ask(domain, "CNAME"), asker.addresses(domain)
    if not addresses:
        said = f"It is another name of {alias[0]}, which has no address." if alias else "No address."
        yield _missing("tracking", domain, said, wanted, publish)
    elif ours and domain != ours and not set(addresses) & set(_addresses(asker, ours)):
        yield _wrong("tracking", domain, f"It leads to {', '.join(addresses)[:SHOWN]}.", wanted, publish)
    else:
        yield _ok("tracking", domain, ", ".join((*alias, *addresses))[:SHOWN], wanted)


def _ok(item: str, domain: str, found: str, wanted: str) -> Found:
    return Found(item=item, domain=domain, state="ok", found=found, wanted=wanted)


def _missing(item: str, domain: str, found: str, wanted: str, records: tuple[Record, ...]) -> Found:
    return Found(item=item, domain=domain, state="missing", found=found, wanted=wanted, records=records)


def _wrong(item: str, domain: str, found: str, wanted: str, records: tuple[Record, ...]) -> Found:
    return Found(item=item, domain=domain, state="wrong", found=found, wanted=wanted, records=records)
