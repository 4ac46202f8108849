"""Scores as conditions ask them."""

from collections.abc import Iterator

from regulars.conditions import All, Any, Column, Condition, Filter, Measured, Source, children

NAME = "score"
SCORE = Source(
    name=NAME,
    title="scores",
    one="score",
    verb="has",
    rows="select customer_id, scoring_key as name, recency::double precision as r, "
    "frequency::double precision as f, monetary::double precision as m, "
    'recency::text || frequency::text || monetary::text as cell, group_key as "group", '
    "cluster::double precision as cluster from segments.fact_score where until is null",
    by_atom=False,
    has_moment=False,
    has_name=True,
    columns={
        "r": Column(type="number", title="recency"),
        "f": Column(type="number", title="frequency"),
        "m": Column(type="number", title="monetary value"),
        "cell": Column(type="text", title="cell"),
        "group": Column(type="text", title="group"),
        "cluster": Column(type="number", title="cluster"),
    },
)


def in_groups(scoring: str, *groups: str) -> Measured:
    """Stands in one of the groups of a scoring."""
    asked = (
        Filter(property="group", value=groups[0])
        if len(groups) == 1
        else Filter(property="group", test="one_of", values=groups)
    )
    return Measured(of=NAME, name=scoring, where=(asked,))


def scorings_named(condition: Condition, path: str = "") -> Iterator[tuple[str, str]]:
    """The keys of the scorings a condition asks, each with its place."""
    if isinstance(condition, Measured) and condition.of == NAME and condition.name:
        yield condition.name, f"{path}.name" if path else "name"
    several = isinstance(condition, All | Any)
    for number, inner in enumerate(children(condition)):
        step = f"conditions[{number}]" if several else "condition"
        yield from scorings_named(inner, f"{path}.{step}" if path else step)
