"""The golden Liquid cases against our Liquid; each difference stands here with its reason."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from liquid import DictLoader

from regulars.templates.liquid import effort, made_environment, parsed, said

CASES = json.loads((Path(__file__).parent / "golden" / "cases.json").read_text())
WRITTEN_ON = "22/11/2026"  # What `now` said when the cases were written down.
DROP = "Our templates load no files, so that there is no object that tells the name of one."
DIFFERENCES = {
    "output statement, chained bracketed identifier index no dot": (
        "A dot is needed after brackets, as in products[0].title; products[0]title is refused at review."
    ),
    **{
        f"{tag} tag, template drop{kind}": DROP
        for tag in ("include", "render")
        for kind in ("", " no parent", " no suffix", " no suffix or extension")
    },
}


def wanted(case, today):
    result = case.get("result")
    return today if result == WRITTEN_ON else result


def outcome(case):
    env = made_environment(html=False, wanted=False, loader=DictLoader(case.get("templates", {})))
    effort.set(0)
    try:
        return said(parsed(env, case["template"], "case"), case.get("data", {}))
    except Exception:  # noqa: BLE001 - whatever it is, the case was refused
        return None


@pytest.mark.filterwarnings("ignore")
def test_all_golden_cases_come_out_as_everywhere_but_for_the_differences_named_here():
    today = f"{datetime.now().astimezone():%d/%m/%Y}"
    wrong = {case["name"] for case in CASES if outcome(case) != wanted(case, today)}

    assert len(CASES) > 900
    assert wrong == set(DIFFERENCES)


@pytest.mark.parametrize("path", ["nothing", "nil", "false", "''", "'  '"])
def test_what_is_missing_is_blank(path):
    text = f"{{% if {path} == blank %}}blank{{% endif %}}{{% unless blank != {path} %}}!{{% endunless %}}"

    assert outcome({"template": text}) == "blank!"
    assert outcome({"template": "{% if 'a' != blank and 0 != blank %}said{% endif %}"}) == "said"


def test_the_reference_names_every_filter_and_tag_and_each_difference():
    page = (Path(__file__).parents[3] / "docs" / "reference" / "liquid.md").read_text()
    env = made_environment(html=True, wanted=False)
    tags = set(env.tags) - {"content", "output", "illegal", "include"}

    assert [
        name for name in (*env.filters, *tags) if f"`{name}" not in page and f"{{% {name} " not in page
    ] == []
    assert {reason for reason in DIFFERENCES.values() if reason not in page} == set()
