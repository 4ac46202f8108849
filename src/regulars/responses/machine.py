"""What a request says of itself by which a machine is known; the list is data, with its sources."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from ipaddress import ip_address, ip_network
from typing import Any

from regulars.kernel import Invalid
from regulars.responses.tokens import Use

# Signals that are no user agent, in words.
WORDS: Mapping[str, str] = {
    "head": "it asked for the head only",
    "prefetch": "it said that nobody had asked for it yet",
    "network": "it came from a network of machines",
    "soon": "it came before anybody could have read",
    "burst": "it followed several links at once",
    "trap": "it followed a link that no reader sees",
    "no_agent": "it did not say what it is",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    code: str
    title: str
    equals: frozenset[str]
    contains: tuple[str, ...]
    of: frozenset[str]  # Empty: of opens and clicks alike.

    def is_meant(self, said: str, use: Use) -> bool:
        if self.of and use not in self.of:
            return False
        return said in self.equals or any(part in said for part in self.contains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    soon: timedelta
    pair: timedelta
    several: timedelta
    trap: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The list as it is shipped."""

    version: int
    headers: tuple[tuple[str, tuple[str, ...]], ...]
    agents: tuple[Agent, ...]
    persons: tuple[str, ...]
    times: Times

    def words(self, signal: str) -> str:
        """A signal as a half sentence."""
        agent = next((one for one in self.agents if one.code == signal), None)
        return f"it was {agent.title}" if agent else WORDS.get(signal, signal)


@cache
def signals() -> Signals:
    said = tomllib.loads(files("regulars.responses").joinpath("signals.toml").read_text(encoding="utf-8"))
    return Signals(
        version=said["version"],
        headers=tuple((one["name"], tuple(one["contains"])) for one in said["header"]),
        agents=tuple(_agent(one) for one in said["agent"]),
        persons=tuple(part for one in said["person"] for part in one["contains"]),
        times=Times(
            **{name: timedelta(seconds=said["times"][f"{name}_s"]) for name in Times.__dataclass_fields__}
        ),
    )


def _agent(said: Mapping[str, Any]) -> Agent:
    return Agent(
        code=said["code"],
        title=said["title"],
        equals=frozenset(one.lower() for one in said.get("equals", ())),
        contains=tuple(said.get("contains", ())),
        of=frozenset(said.get("of", ())),
    )


class Networks:
    """Networks in which machines stand, as a company lists them; asked by bisection."""

    def __init__(self, listed: Sequence[str]) -> None:
        found: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for one in listed:
            try:
                network = ip_network(one, strict=False)
            except ValueError:
                raise Invalid(
                    f"{one!r} is no address or network; write one a line, as in 203.0.113.0/24."
                ) from None
            found[network.version].append((int(network[0]), int(network[-1])))
        self._spans = {version: _joined(spans) for version, spans in found.items()}
        self._starts = {version: [start for start, _ in spans] for version, spans in self._spans.items()}

    def __contains__(self, address: str) -> bool:
        try:
            asked = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        asked = getattr(asked, "ipv4_mapped", None) or asked
        place = bisect_right(self._starts[asked.version], int(asked)) - 1
        return place >= 0 and int(asked) <= self._spans[asked.version][place][1]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without overlaps, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def signal_of(
    use: Use, method: str, headers: Mapping[str, str], address: str, networks: Networks, link_id: int = 1
) -> str:
    """The code by which a request is a machine's; empty for what may be a person's."""
    if use == "clicked" and link_id == 0:
        return "trap"
    if method == "HEAD":
        return "head"
    known = signals()
    for name, parts in known.headers:
        said = headers.get(name, "").lower()
        if said and any(part in said for part in parts):
            return "prefetch"
    agent = headers.get("user-agent", "").strip().lower()
    if not agent:
        return "no_agent"
    if any(part in agent for part in known.persons):
        return ""
    meant = next((one.code for one in known.agents if one.is_meant(agent, use)), "")
    return meant or ("network" if address in networks else "")
