"""No text that people write becomes text of a statement, whatever signs it has."""

from itertools import count

import pytest

from regulars.conditions import Condition, compile_conditions, everybody
from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from tests.integration.conditions import dice
from tests.integration.conditions.agreeing import by_customer, rows_of
from tests.integration.conditions.conftest import Shop

SIGNS = (
    "'; drop table customers.customer; --", '"]."x"', "$.*[*]", "%(at)s %s %", ":p0 $p0 ${x}", "\\' \\\" \\", "{zone} {{x}}",
    "a]b[0]", "$$x$$", "/* x */", "\n\t\r", "é 😀 ß İ", "*", "?", "#>> '{}'", "_%", "$", ".", "[^a].*(",
)  # fmt: skip
NUMBERS = count(1)
WRITTEN: list[str] = []


def wild(signs: str) -> str:
    """A text of its own each time, with a mark by which it would be found."""
    WRITTEN.append(f"wild{next(NUMBERS)}{signs}")
    return WRITTEN[-1]


def asked(signs: str) -> list[Condition]:
    """Every place in which people write a text."""
    where = tuple(
        c.Filter(property=f"p{wild(signs)}".replace("..", ".x.").strip("."), test=test, **given)
        for test, given in (
            ("equals", {"value": wild(signs)}),
            ("none_of", {"values": (wild(signs), wild(signs))}),
            ("contains", {"value": wild(signs)}),
            ("starts_with", {"value": wild(signs)}),
            ("exists", {}),
        )
    )
    step = c.Step(name=wild(signs), where=where[:2])
    of_traits = [
        c.TraitExists(trait=wild(signs)),
        c.TraitEquals(trait=wild(signs), value=wild(signs)),
        c.TraitIn(trait=wild(signs), values=(wild(signs), wild(signs))),
        c.TraitText(trait=wild(signs), how="ends_with", value=wild(signs)),
        c.TraitHas(trait=wild(signs), values=(wild(signs),)),
        c.TraitDate(trait=wild(signs), how="in_last", days=3),
    ]
    return [
        *of_traits,
        *(c.HasBeen(condition=one, days=2) for one in of_traits[:5]),
        c.Measured(of="event", name=wild(signs), where=where, window=w.Since(trait=wild(signs))),
        c.Measured(of="event", figure="distinct", property=wild(signs).strip("."), value=0),
        c.Measured(of="order", where=(c.Filter(property="coupon", value=wild(signs)),)),
        c.Sequence(steps=(step, step), within_hours=1),
        c.NotFollowed(first=step, then=step, within_hours=1),
        c.OrderSum(comparison="at_least", minor=1, currency=wild(signs)),
        c.Consented(channel=wild(signs), topic=wild(signs)),
        c.Reachable(channel=wild(signs)),
        c.Listed(segment=wild(signs)),
        c.Identified(kind=wild(signs)),
        c.Bucket(salt=wild(signs), below=5),
        c.HasBeen(condition=c.InStage(approach=wild(signs), stages=(wild(signs),)), days=2),
    ]


@pytest.mark.parametrize("engine", ["postgresql", "duckdb", "spark"])
def test_no_written_text_stands_in_a_statement(engine: str) -> None:
    for signs in SIGNS:
        text = compile_conditions(asked(signs), dice.PLACES[0][1], engine=engine, next_change=True).text
        assert "wild" not in text


def test_statements_with_hostile_texts_run_and_find_nobody(shop: Shop) -> None:
    at = dice.PLACES[0][1]
    wanted = [one for signs in SIGNS for one in asked(signs)][::5]  # Of every place some.
    compiled = compile_conditions(wanted, at)
    with shop.database.transaction() as tx:
        found = by_customer(tx.execute(compiled.query, compiled.params))

    assert found == by_customer(rows_of(everybody(shop.lake, wanted, at)))
    drawn = [n for n, one in enumerate(wanted) if not isinstance(one, c.Bucket | c.Measured)]
    assert not any(answers[n] for answers in found.values() for n in drawn)
