"""Asking name servers, with the answers remembered for as long as one check takes."""

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename

from regulars.kernel import Unavailable

TIME_S = 4.0
PORT = 53
VALUES_MAX = 100
SIGNS_MAX = 4_000


class CannotAsk(Unavailable):
    """The name servers gave no answer; what stands there is not known."""

    code = "deliverability.cannot_ask"


class Asker:
    """Asks these servers, or those of the machine when none is given."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), *, time_s: float = TIME_S) -> None:
        self._servers, self._time_s = tuple(servers), time_s
        self._resolver: dns.resolver.Resolver | None = None
        self._known: dict[tuple[str, str], tuple[str, ...] | CannotAsk] = {}

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """What stands under a name, nothing when there is none; raises CannotAsk."""
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            try:
                self._known[key] = self._asked(*key)
            except CannotAsk as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, CannotAsk):
            raise CannotAsk(str(found))
        return found

    def addresses(self, name: str) -> tuple[str, ...]:
        return (*self.ask(name, "A"), *self.ask(name, "AAAA"))

    def names_of(self, address: str) -> tuple[str, ...]:
        """The names that an address has, backwards."""
        return self.ask(str(dns.reversename.from_address(address)), "PTR")

    def _asked(self, name: str, kind: str) -> tuple[str, ...]:
        try:
            answer = self._ready().resolve(name, kind, lifetime=self._time_s, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            told = str(error) or type(error).__name__
            raise CannotAsk(f"The name servers do not answer for {name[:120]}: {told[:200]}") from error
        found = sorted(_text(one) for one in answer)
        return tuple(text[:SIGNS_MAX] for text in found[:VALUES_MAX])

    def _ready(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers = [
                    dns.nameserver.Do53Nameserver(host, port) for host, port in self._servers
                ]
        return self._resolver


def servers_of(said: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Name servers as written in a setting.

    >>> servers_of(["9.9.9.9", "127.0.0.1:5353"])
    (('9.9.9.9', 53), ('127.0.0.1', 5353))
    """
    pairs = (one.rpartition(":") if one.count(":") == 1 else (one, "", "") for one in said)
    return tuple((host, int(port) if port else PORT) for host, _, port in pairs)


def _text(record: object) -> str:
    strings = getattr(record, "strings", None)
    if strings is not None:  # Long values are cut into pieces of 255; together they are one.
        return b"".join(strings).decode("utf-8", "replace")
    text = str(record)
    return text if text.endswith(" .") else text.rstrip(".")  # A mail server named "." says: no mail here.
