"""The one guarded way out for requests to other systems.

A name is resolved once for each connection, the answer is judged, and that very address is connected to: a
name that answers differently a moment later gains nothing. Redirects are connections like the first.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any, Self

import httpcore
import httpx

from regulars.kernel import CallerError, Unavailable

PORTS = frozenset({80, 443, 8080, 8443})
SCHEMES = frozenset({"http", "https"})
NAT64 = IPv6Network("64:ff9b::/96")
TIME_S = 10.0
BYTES_MAX = 1024 * 1024
REDIRECTS_MAX = 3

Resolver = Callable[[str, int], Iterable[str]]


class Refused(CallerError):
    """The address is not one that may be asked from here."""

    code = "outgoing.refused"


class Unanswered(Unavailable):
    """The other side could not be reached, took too long, or said too much."""

    code = "outgoing.unanswered"


class Unusable(Unanswered):
    """The other side answered, so it was asked, and what it said is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str  # After redirects.


def resolve(host: str, port: int) -> Iterable[str]:
    """What the system's resolver says, in its order."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_internal(address: str) -> bool:
    """Private, loopback, link-local, metadata or otherwise not of the public internet, in any notation."""
    read = ip_address(address.split("%", 1)[0])
    inner = _embedded(read) if isinstance(read, IPv6Address) else None
    if inner is not None:
        return is_internal(str(inner))
    special = read.is_multicast or read.is_reserved or read.is_unspecified or read.is_loopback
    return special or read.is_link_local or read.is_private or not read.is_global


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64 or int(address) >> 32 == 0:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What may be asked; `allow` holds host:port pairs, as written in the address, that may be internal."""

    allow: frozenset[str] = frozenset()
    resolver: Resolver = field(default=resolve, repr=False)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        time_s: float = TIME_S,
        bytes_max: int = BYTES_MAX,
        redirects_max: int = REDIRECTS_MAX,
        cut: bool = False,
    ) -> Answer:
        """Ask and read the whole answer, or with `cut` its beginning; raises Refused or Unanswered.

        With no redirect allowed, a redirect is the answer.
        """
        with Line(self) as line:
            return line.request(
                method,
                url,
                headers=headers,
                content=content,
                time_s=time_s,
                bytes_max=bytes_max,
                redirects_max=redirects_max,
                cut=cut,
            )

    def address_of(self, host: str, port: int, *, ports: frozenset[int] = PORTS) -> str:
        """The one address to connect to, judged; who connects uses it and not the name. Raises Refused."""
        named = f"{f'[{host}]' if ':' in host else host}:{port}".lower()
        inside = named in self.allow
        if not inside and port not in ports:
            known = ", ".join(str(one) for one in sorted(ports))
            raise Refused(f"Port {port} of {host[:80]} is not asked from here: only {known}. {_HOW}")
        try:
            found = list(self.resolver(host, port))
        except (OSError, UnicodeError) as cause:
            raise Unanswered(f"The name {host[:80]} is not known ({_told(cause)}).") from cause
        if not found:
            raise Unanswered(f"The name {host[:80]} has no address.")
        bad = [address for address in found if is_internal(address)]
        if bad and not inside:
            raise Refused(f"{host[:80]} leads to {bad[0]}, an address inside a network. {_HOW}")
        return found[0]


class Line:
    """Requests one after the other, over connections that stay open between them; of one thread.

    An address is judged when it is connected to, so for what stays open it was.
    """

    def __init__(self, way: WayOut) -> None:
        self._ends = _Ends()
        self._client = httpx.Client(
            transport=_Transport(way, self._ends),
            trust_env=False,
            event_hooks={"request": [_check_url]},
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        time_s: float = TIME_S,
        bytes_max: int = BYTES_MAX,
        redirects_max: int = REDIRECTS_MAX,
        cut: bool = False,
    ) -> Answer:
        """As that of WayOut."""
        self._ends.at = monotonic() + time_s
        self._client.max_redirects = redirects_max
        self._client.cookies.clear()
        asked = {"accept-encoding": "identity"} | dict(headers or {})
        try:
            with self._client.stream(
                method,
                url,
                headers=asked,
                content=content,
                timeout=time_s,
                follow_redirects=redirects_max > 0,
            ) as response:
                return _read(response, self._ends.at, bytes_max, cut=cut)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as cause:
            raise Unanswered(f"{_shown(url)} gave no answer that can be used ({_told(cause)}).") from cause

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


@dataclass(slots=True)
class _Ends:
    """When the request under way has to be through."""

    at: float = 0.0


_HOW = "If it is meant, its host:port goes into REGULARS_OUTGOING_ALLOW."


def _check_url(request: httpx.Request) -> None:
    if request.url.scheme not in SCHEMES:
        raise Refused(f"Addresses begin with http or https; {request.url.scheme[:20]!r} was found.")


def _read(response: httpx.Response, ends: float, bytes_max: int, *, cut: bool) -> Answer:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unusable(f"{_shown(str(response.url))} answered packed, though plain was asked for.")
    parts, size = [], 0
    for part in response.iter_raw():
        size += len(part)
        if size > bytes_max and cut:
            parts.append(part)
            break
        if size > bytes_max:
            raise Unusable(f"{_shown(str(response.url))} answered with more than {bytes_max:,} bytes.")
        if monotonic() > ends:
            raise Unusable(f"{_shown(str(response.url))} took too long to answer.")
        parts.append(part)
    return Answer(
        status=response.status_code,
        headers=dict(response.headers),
        content=b"".join(parts)[:bytes_max],
        url=str(response.url),
    )


def _shown(url: str) -> str:
    """Without credentials or the query, which may hold a secret."""
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL:
        return "The address"
    return f"{read.scheme}://{read.host}{read.path}"[:200]


def _told(cause: BaseException) -> str:
    return (str(cause) or type(cause).__name__)[:200]


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: that takes longer than most requests."""
    return ssl.create_default_context()


class _Transport(httpx.HTTPTransport):
    """httpx's transport over a pool whose connections are ours; httpx itself gives no way to say so."""

    def __init__(self, way: WayOut, ends: _Ends) -> None:
        context = _trusted()
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=4, network_backend=_Connecting(way, ends)
        )


class _Connecting(httpcore.NetworkBackend):
    def __init__(self, way: WayOut, ends: _Ends) -> None:
        self.way, self.ends = way, ends
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the whole request's time counts.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = self.way.address_of(host, port)
        left = _left(self.ends.at, httpcore.ConnectTimeout)
        stream = self.inner.connect_tcp(address, port, left, local_address, socket_options)
        return _Timed(stream, self.ends)


class _Timed(httpcore.NetworkStream):
    """A connection that ends with the request's time, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, ends: _Ends) -> None:
        self.inner, self.ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self.inner.read(max_bytes, _left(self.ends.at, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self.inner.write(buffer, _left(self.ends.at, httpcore.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = _left(self.ends.at, httpcore.ConnectTimeout)
        return _Timed(self.inner.start_tls(ssl_context, server_hostname, left), self.ends)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _left(ends: float, late: type[Exception]) -> float:
    left = ends - monotonic()
    if left <= 0:
        raise late("it took too long")
    return left
