"""Connections as definitions: what is refused before publishing, what is ready-made, what the pages promise."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from regulars import connections
from regulars.connections.body import ConnectionBody
from regulars.connections.kind import CONNECTION
from regulars.connections.ready_made import plain_rules
from regulars.definitions import decode
from regulars.kernel import Finding

DOCS = Path(__file__).parents[3] / "docs"
RULE = {"to": "track", "event": "Sold", "user_id": "$.who"}
TILL = {
    "title": "Till",
    "source": "till",
    "shape": "mapping",
    "signature": {"scheme": "token", "header": "x-token"},
    "rules": [RULE],
}


def findings(**changes: Any) -> list[Finding]:
    body = decode(ConnectionBody, TILL | changes)
    return CONNECTION.validate(body, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"title": " "}, "title"),
        ({"source": "Not a key"}, "source"),
        ({"rules": []}, "rules"),
        ({"signature": None}, "signature"),
        ({"signature": {"scheme": "token"}}, "signature.header"),
        ({"signature": {"scheme": "standard-webhooks", "header": "x"}}, "signature.header"),
        ({"topic": "$.a b"}, "topic"),
        ({"delivery": {"nonsense": 1}}, "delivery"),
        ({"rules": [{"to": "track", "user_id": "$.who"}]}, "rules[0].event"),
        ({"rules": [RULE | {"to": "identify"}]}, "rules[0].event"),
        ({"rules": [{"to": "identify", "traits": {}}]}, "rules[0].user_id"),
        ({"rules": [{"to": "group", "user_id": "$.who"}]}, "rules[0].group_id"),
        ({"rules": [RULE | {"traits": {"a": 1}}]}, "rules[0].traits"),
        ({"rules": [RULE | {"each": "lines"}]}, "rules[0].each"),
        ({"rules": [RULE, RULE | {"properties": {"a": {"money": "$..x"}}}]}, "rules[1].properties.a.money"),
        ({"rules": [RULE | {"when": {"all": [{"value": "$.a"}]}}]}, "rules[0].when.all[0]"),
        ({"rules": [RULE] * 101}, "rules"),
    ],
)
def test_a_wrong_connection_is_found_at_its_place(changes: dict[str, Any], path: str) -> None:
    assert [finding.path for finding in findings(**changes)] == [path]


def test_a_right_one_has_nothing_to_mend() -> None:
    assert findings() == []


@pytest.mark.parametrize("shape", ["shopify", "woocommerce"])
def test_the_ready_made_rules_are_a_mapping_that_can_be_copied(shape: str) -> None:
    body = {"title": "Shop", "source": "shop", "shape": shape, "rules": plain_rules(shape)}

    assert CONNECTION.validate(decode(ConnectionBody, body), None) == []  # type: ignore[arg-type]
    told = CONNECTION.sentence(decode(ConnectionBody, body))
    assert "Order Completed" in told and "ready-made" not in told


@pytest.mark.parametrize("shape", ["shopify", "woocommerce"])
def test_the_page_of_a_shop_names_every_topic_that_is_taken(shape: str) -> None:
    page = (DOCS / "how-to" / f"connect-{shape}.md").read_text().lower()
    told = [rule["when"]["topic"] for rule in plain_rules(shape)]
    topics = {topic for one in told for topic in ([one] if isinstance(one, str) else one)}

    lacking = [t for t in topics if t not in page and (shape == "shopify" or t.split(".")[1] not in page)]
    assert lacking == []


def test_the_mapping_on_the_page_can_be_published() -> None:
    page = (DOCS / "how-to" / "connect-anything-by-webhook.md").read_text()
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found

    body = decode(ConnectionBody, yaml.safe_load(found[1]))

    assert CONNECTION.validate(body, None) == []  # type: ignore[arg-type]


def test_the_file_drop_on_the_page_can_be_published() -> None:
    page = (DOCS / "how-to" / "pick-up-files.md").read_text()
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found

    plain = yaml.safe_load(found[1])
    body = decode(connections.FileDropBody, plain["body"])

    assert connections.FILE_DROP.validate(body, None) == []  # type: ignore[arg-type]


def test_the_reference_names_every_operation() -> None:
    from regulars.connections.expressions import OPERATIONS

    page = (DOCS / "reference" / "mapping.md").read_text()

    assert [name for name in OPERATIONS if f"{{{name}:" not in page] == []
