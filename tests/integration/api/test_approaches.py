"""Approaches, scores and the condition language over the API."""

import jsonschema_rs
import pytest

from regulars import analytics, conditions, definitions
from regulars.access import SYSTEM
from regulars.conditions import Filter, Measured
from regulars.segments import APPROACHES, SCORING, SCORINGS, SEGMENTATION

TWICE = {"is": "order_count", "comparison": "at_least", "number": 2}


@pytest.fixture(scope="module")
def scored(shop):
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        for kind, bodies in ((SCORING, SCORINGS), (SEGMENTATION, {"rfm": APPROACHES["rfm"]})):
            for key, body in bodies.items():
                definitions.save_draft(tx, SYSTEM, kind, key, body, at=at)
                definitions.publish(tx, SYSTEM, kind, key, at=at)


@pytest.mark.usefixtures("scored")
def test_approaches_are_counted_compared_and_followed(ask):
    before = {one["key"]: one for one in ask("marketing", "GET", "/approaches").json()["items"]}
    assert before["rfm"]["customers"] is None
    assert ask("low", "POST", "/approach-figures").status_code == 403

    counted = ask("marketing", "POST", "/approach-figures")
    assert counted.status_code == 200, counted.text
    rfm = ask("marketing", "GET", "/approaches/rfm").json()
    assert {one["key"] for one in counted.json()["items"]} == {"lifecycle", "rfm"}
    assert rfm["customers"] == sum(one["customers"] for one in rfm["stages"]) > 0
    assert rfm["stages"][0]["stage"] == "champions"

    moves = ask("marketing", "GET", "/approaches/lifecycle/moves").json()
    assert moves["known"]
    assert {one["after"] for one in moves["moved"]} - {None} <= {
        "prospect", "new", "lapsed", "at-risk", "won-back", "loyal", "active"
    }  # fmt: skip
    backwards = {"before": "2025-03-05", "after": "2025-03-01"}
    assert ask("marketing", "GET", "/approaches/rfm/moves", params=backwards).status_code == 422
    assert ask("marketing", "GET", "/approaches/none").status_code == 404


@pytest.mark.usefixtures("scored")
def test_scores_come_by_group_and_cell(ask):
    found = ask("marketing", "GET", "/scorings/rfm/scores")
    assert found.status_code == 200, found.text
    cells = found.json()["cells"]
    assert cells
    assert all(1 <= one["recency"] <= 5 and one["customers"] > 0 for one in cells)
    assert ask("marketing", "GET", "/scorings/rfm/scores", params={"on": "1999-01-01"}).json()["cells"] == []
    assert ask("marketing", "GET", "/scorings/none/scores").status_code == 404


def test_a_condition_is_said_refused_and_doubted(ask):
    def said(condition):
        found = ask("marketing", "POST", "/conditions/sentence", json={"condition": condition})
        assert found.status_code == 200, found.text
        return found.json()

    assert said(TWICE)["sentence"] == "bought at least 2 times"
    assert said(TWICE)["headline"] == "Everybody who bought at least 2 times"
    wrong = said(TWICE | {"number": -1})
    assert wrong["sentence"] is None
    assert [one["path"] for one in wrong["findings"]] == ["number"]
    unseen = said({"is": "measured", "of": "event", "name": "Order Competed"})
    assert [one["code"] for one in unseen["warnings"]] == ["conditions.unseen_event"]
    assert "Order Completed" in unseen["warnings"][0]["message"]
    assert said(None)["findings"]

    schema = jsonschema_rs.Draft202012Validator(ask("marketing", "GET", "/conditions/schema").json())
    assert schema.is_valid(TWICE)
    assert not schema.is_valid(TWICE | {"number": -1})


@pytest.mark.usefixtures("scored")
def test_scores_are_asked_alike_by_both_engines(shop):
    asked = [
        *(stage.condition for stage in APPROACHES["rfm"].stages[:-1]),
        Measured(of="score", name="rfm", where=(Filter(property="r", test="at_least", value=3),)),
        Measured(of="score", name="clusters", where=(Filter(property="cluster", value=1),)),
        Measured(of="score", name="rfm", figure="maximum", property="m", comparison="less_than", value=3),
        Measured(of="score", name="rfm", where=(Filter(property="cell", test="starts_with", value="1"),)),
    ]
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        compiled = conditions.compile_conditions(asked, at)
        theirs = sorted(tuple(row) for row in tx.execute(compiled.query, compiled.params).fetchall())
    analytics.export(shop.app.lake)

    told = conditions.everybody(shop.app.lake, asked, at).to_pydict()

    columns = ["customer_id", *(f"c{n}" for n in range(len(asked)))]
    assert sorted(zip(*(told[name] for name in columns), strict=True)) == theirs
    assert any(any(row[1:]) for row in theirs)
