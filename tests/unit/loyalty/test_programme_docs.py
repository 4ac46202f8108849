"""The reference names every field and reason, and the examples of the how-to can be published."""

import ast
import json
import re
from pathlib import Path

import msgspec

from regulars.definitions import load_yaml
from regulars.loyalty import EarningRule, Lines, Multiplier, Orders, Payment, Programme, Tier, TierSet
from regulars.loyalty.validation import validate

DOCS = Path(__file__).parents[3] / "docs"
ROOM = Path(__file__).parents[3] / "src/regulars/loyalty"
REFERENCE = (DOCS / "reference/programmes.md").read_text()
HOW_TO = (DOCS / "how-to/set-up-a-programme.md").read_text()


def test_the_reference_names_every_field() -> None:
    for struct in (Programme, EarningRule, Multiplier, Orders, Payment, Tier, TierSet):
        missing = [name for name in struct.__struct_fields__ if f"`{name}`" not in REFERENCE]
        assert missing == [], struct
    assert all(f"`{name}`" in REFERENCE for name in Lines.__struct_fields__ if not name.startswith("not_"))


def test_the_reference_names_every_reason() -> None:
    named = {"evaluator.py", "looking.py", "order_match.py", "previewing.py"}
    texts = [text for name in named for text in strings(ROOM / name)]
    codes = set(re.findall(r"`([a-z_]+)`", REFERENCE.partition("## Why not more")[2].partition("##")[0]))

    assert codes - {"with_joining"} <= set(texts) | {"cap", "budget"}
    for code in (
        "left_out",
        "excluded",
        "too_little",
        "factor",
        "weekday",
        "paused",
        "unknown",
        "no_version",
    ):
        assert code in codes


def strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    return [
        one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def test_the_examples_can_be_published_and_asked() -> None:
    written = re.search(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
    asked = re.search(r"-d '(.*?)'", HOW_TO, re.DOTALL)
    assert written and asked

    [document] = load_yaml(written[1])

    assert validate(msgspec.convert(document["body"], Programme)) == []
    assert json.loads(asked[1])["lines"][1]["categories"] == ["Delivery"]
