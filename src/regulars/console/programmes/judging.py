"""What a programme that is being built means: its sentences, and what is wrong or missing at each place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from regulars import conditions, definitions, loyalty
from regulars.console.programmes import whom
from regulars.console.programmes.pen import Drawn
from regulars.console.segments.tree import MISSING, at, path_of, text_of
from regulars.console.stepping import Tree
from regulars.db import Tx
from regulars.definitions import LiveLookup
from regulars.kernel import Finding, Invalid
from regulars.loyalty import PROGRAMME, Programme

UNFILLED = "console.unfilled"
NUMBERS = {
    "whole": "Write a whole number, as in 30.",
    "amount": "Write a number, as in 100.",
    "minor": "Write an amount, as in 100.00.",
    "moment": "Write day and time, as in 2026-01-15T09:00.",
    "date": "Write the day as 2026-01-15.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    body: Programme | None
    sentences: tuple[str, ...]
    findings: tuple[Finding, ...]


def judge(tx: Tx, tree: Tree, key: str) -> Judged:
    # A condition says better itself what is wrong with it than the shape of the whole does.
    own = [one for path in whom.paths(tree) for one in conditions.problems(at(tree, path), text_of(path))]
    try:
        body = definitions.decode(Programme, tree)
    except Invalid as error:
        others = [one for one in error.findings if ".who" not in one.path or not own]
        return Judged(body=None, sentences=(), findings=_told([*others, *own], tree))
    lookup = LiveLookup(tx, {(PROGRAMME.name, key or "new"): body})
    found = [one for one in PROGRAMME.validate(body, lookup) if ".who" not in one.path or not own]
    return Judged(body=body, sentences=tuple(loyalty.sentences(body)), findings=_told([*found, *own], tree))


def at_blanks(judged: Judged, drawn: Drawn) -> Judged:
    """The same, with the shape's own words replaced by what the blank wants."""
    controls = {one.name: one.control for section in drawn.sections for one in section.named}

    def said(one: Finding) -> Finding:
        wanted = NUMBERS.get(controls.get(one.path, ""))
        return replace(one, message=wanted) if one.code == "shape.type" and wanted else one

    return replace(judged, findings=tuple(said(one) for one in judged.findings))


def _told(findings: Sequence[Finding], tree: Tree) -> tuple[Finding, ...]:
    return tuple(_each(findings, tree))


def _each(findings: Sequence[Finding], tree: Tree) -> Iterator[Finding]:
    """A blank that is empty is no mistake yet."""
    for one in findings:
        empty = bool(one.path) and at(tree, path_of(one.path)) in ("", [], None, MISSING)
        yield replace(one, code=UNFILLED, message="still to be filled in") if empty else one
