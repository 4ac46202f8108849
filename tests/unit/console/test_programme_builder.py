"""The builder of programmes: what is drawn is read back as it was; each part can be added and taken away."""

from typing import Any

import pytest
from starlette.datastructures import FormData

from regulars import definitions
from regulars.console.programmes import steps
from regulars.console.programmes.drawing import draw
from regulars.console.programmes.work import Work, done, read_tree
from regulars.console.ready_made import starts
from regulars.console.segments.suggestions import Vocabulary
from regulars.loyalty import PROGRAMME, Programme

READY = {one.key: one.body for one in starts(PROGRAMME, "Europe/Berlin") if one.key}
KNOWN = Vocabulary()


def sent(tree: dict[str, Any], **changed: str) -> FormData:
    """The form of a tree as a browser sends it, with some fields typed otherwise."""
    fields = []
    for one in (one for section in draw(tree, KNOWN).sections for one in section.named):
        if one.control == "ticks":
            fields += [(one.name, ""), *((one.name, ticked) for ticked in one.ticked)]
        else:
            fields.append((one.name, changed.pop(one.name, one.shown)))
    assert not changed, f"no such fields: {changed}"
    return FormData([("name", str(tree.get("name", ""))), *fields])


def step(tree: dict[str, Any], *dos: str) -> dict[str, Any]:
    work = Work(tree=tree)
    for do in dos:
        work = done(work, do, KNOWN)
    return work.tree


@pytest.mark.parametrize("key", READY)
def test_a_ready_made_programme_survives_its_form(key: str) -> None:
    assert read_tree(READY[key], sent(READY[key]), KNOWN) == READY[key]


FULL = (
    *(f"rule {kind}" for kind in steps.RULES),
    *(f"more earning[0].lines.{name}" for name in ("products", "categories", "not_brands")),
    *(f"more earning[0].orders.{name}" for name in ("stores", "channels", "weekdays", "least")),
    *(f"more earning[0].{name}" for name in ("tiers", "who", "caps", "budget", "starts", "valid", "origin")),
    "add earning[0].who order_count",
    "more earning[5].where",
    "multiplier",
    "more multipliers[0].rules",
    *(f"more {name}" for name in ("caps", "velocity", "welcome", "birthday", "payment", "auto_reward")),
    "more payment.tier_rates",
    "tiers",
    "more tier_set.tiers[1].benefits",
    "more inactive_after",
    "more only_for.percent",
    "more left_out.brands",
)


def test_every_part_can_be_added_drawn_read_and_undone() -> None:
    club = READY["club"]
    full = step(club, *FULL)

    assert read_tree(full, sent(full), KNOWN) == full
    assert [rule["key"] for rule in full["earning"]] == [
        "spend", "spend-2", "units", "lines", "order", "event",
    ]  # fmt: skip
    assert full["earning"][0]["who"]["conditions"][0]["is"] == "order_count"
    assert step(full, "remove payment.tier_rates[0]").get("payment", {}).get("tier_rates") is None
    assert "only_for" not in step(full, "remove only_for.percent")
    assert step(club, *FULL, *(["undo"] * len(FULL))) == club


def test_what_is_typed_lands_at_its_place_with_its_type() -> None:
    club = step(READY["cashback"], "more earning[0].lines.products", "more begins", "more caps")

    read = read_tree(
        club,
        sent(
            club,
            **{
                "earning[0].lines.products": 'milk, 12, "a, b"',
                "earning[0].points": "0.05",
                "begins": "2026-02-01T09:00",
                "caps[0].points": "1,250.50",
            },
        ),
        KNOWN,
    )

    assert read["earning"][0]["lines"]["products"] == ["milk", "12", "a, b"]
    assert read["earning"][0]["points"] == 5
    assert read["caps"][0]["points"] == 125_050
    assert read["begins"] == "2026-02-01T09:00:00+01:00"
    body = definitions.decode(Programme, read)
    assert body.begins is not None
    assert read_tree(read, sent(read), KNOWN) == read


def test_another_count_asks_for_other_fields() -> None:
    counted = read_tree(READY["club"], sent(READY["club"], **{"earning[0].counts": "events"}), KNOWN)
    again = read_tree(counted, sent(counted, **{"earning[0].counts": "money"}), KNOWN)

    assert counted["earning"][0] | {"event": "", "per": "1"} == counted["earning"][0]
    assert "money" not in counted["earning"][0]
    assert again["earning"][0]["per"] == "1.00"


def test_removing_the_first_set_of_tiers_shows_the_next() -> None:
    two = step(READY["club"], "tiers")

    one = step(two, "remove tier_set")

    assert one["tier_set"] == two["more_tier_sets"][0]
    assert not one["more_tier_sets"]
