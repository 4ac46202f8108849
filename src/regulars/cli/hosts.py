"""Checks of the processes that run on a workspace, on one host or several, and of what they share."""

from collections.abc import Callable, Iterator, Sequence

from regulars import __version__, jobs
from regulars.cli.findings import Check, ok, problem, warning
from regulars.cli.report import counted
from regulars.db import Tx
from regulars.jobs import Process

TOLD: dict[str, tuple[str, str]] = {
    "files": (
        "see different folders of files",
        "Set REGULARS_FILES to one folder that all reach: a file that one takes in is read by another.",
    ),
    "drops": (
        "look for file drops in different folders",
        "Set REGULARS_DROP_ROOT, or REGULARS_FILES, to one folder that all of them reach.",
    ),
    "key": (
        "have different keys for sealed secrets",
        "Set the same REGULARS_SECRET_KEY everywhere, or copy the file secret-key.",
    ),
    "lake": (
        "have different lakes",
        "Set REGULARS_LAKE to one s3:// address or one folder that all of them reach.",
    ),
}


def running_hosts(tx: Tx) -> Iterator[Check]:
    """Who runs, and whether they agree."""
    found = jobs.processes(tx)
    if not found:
        yield ok("processes", "none runs now")
        return
    machines = len({one.host for one in found})
    kinds = [f"{sum(one.kind == kind for one in found)} {kind}" for kind in ("web", "worker")]
    yield from _missing(found, f"{' and '.join(kinds)} on {counted(machines, 'host')}")
    yield from _versions(found)
    for name, (what, do) in TOLD.items():
        yield from _shared(found, name, what, do)


def _missing(found: Sequence[Process], told: str) -> Iterator[Check]:
    kinds = {one.kind for one in found}
    if "worker" not in kinds:
        yield warning("processes", f"{told}; no worker", "Start `regulars worker`: nothing moves without.")
    else:
        yield ok("processes", told)


def _versions(found: Sequence[Process]) -> Iterator[Check]:
    others = [one for one in found if one.version != __version__]
    if others:
        told = ", ".join(f"{one.kind} {one.pid} on {one.host} ({one.version})" for one in others)
        yield warning("versions", f"others than {__version__} run: {told}", "Restart them on this one.")


def _shared(found: Sequence[Process], name: str, what: str, do: str) -> Iterator[Check]:
    marks = {str(one.shares.get(name, "")) for one in found if name in one.shares}
    broken = sorted(mark for mark in marks if mark.startswith("cannot"))
    if broken:
        yield problem(name, f"a folder that hosts share {broken[0]}", do)
    elif len(marks) > 1:
        yield problem(name, f"{_places(found, lambda one: one.shares.get(name))} {what}", do)


def _places(found: Sequence[Process], mark: Callable[[Process], object]) -> str:
    first = {mark(one): one for one in reversed(found)}
    return " and ".join(f"{one.kind} {one.pid} on {one.host}" for one in first.values())
