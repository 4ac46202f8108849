"""A programme's tree as the sections of its builder, with each finding at its place."""

from collections.abc import Sequence

from regulars.console.programmes import paying, policies
from regulars.console.programmes.earning import earning, multipliers
from regulars.console.programmes.pen import Drawn, Pen, Section
from regulars.console.programmes.tiers import tiers
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.stepping import Tree
from regulars.kernel import Finding


def draw(tree: Tree, vocabulary: Vocabulary, findings: Sequence[Finding] = ()) -> Drawn:
    first = Pen(tree=tree, vocabulary=vocabulary)
    places = {one.name for section in _sections(first, ()) for one in section.named} | _blocks(tree)
    pen = Pen(tree=tree, vocabulary=vocabulary, wrong=_placed(findings, places))
    return Drawn(sections=_sections(pen, findings), vocabulary=vocabulary, used=pen.used)


def _sections(pen: Pen, findings: Sequence[Finding]) -> tuple[Section, ...]:
    return (
        policies.basics(pen),
        earning(pen, findings),
        multipliers(pen, findings),
        policies.limits(pen),
        policies.validity(pen),
        paying.spending(pen),
        paying.returning(pen),
        tiers(pen),
        policies.sharing(pen),
        policies.start(pen),
    )


def _blocks(tree: Tree) -> set[str]:
    """Places that show what is wrong with them as a whole."""
    wholes = {"currencies", "earning", "left_out", "multipliers", "caps", "velocity", "valid", "starts"}
    wholes |= {
        "inactive_after",
        "payment",
        "auto_reward",
        "more_tier_sets",
        "only_for",
        "tier_set",
        "tier_set.tiers",
    }
    for holder in ("earning", "multipliers", "more_tier_sets"):
        items = tree.get(holder)
        wholes |= {f"{holder}[{number}]" for number in range(len(items) if isinstance(items, list) else 0)}
    return wholes | {f"{one}.tiers" for one in wholes if one.startswith("more_tier_sets[")}


def _placed(findings: Sequence[Finding], places: set[str]) -> dict[str, list[str]]:
    """Each finding at its field, else at what is around it; conditions place their own."""
    placed: dict[str, list[str]] = {}
    for one in findings:
        path = one.path
        if ".who" in path:
            continue
        while path and path not in places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        placed.setdefault(path, []).append(one.message)
    return placed
