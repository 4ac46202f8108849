"""What comes ready-made: the rules for two shops, and payloads in their shapes to try them on."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from regulars.connections.body import Rule
from regulars.connections.payload import ENCODER, read_json

FOLDER = Path(__file__).parent / "ready"
SHOPS = ("shopify", "woocommerce")
TOPIC_HEADERS = {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}
# The first that is there; of Shopify's two the event's id is the same when it is sent again, too.
DELIVERY_HEADERS = {
    "shopify": ("x-shopify-webhook-id", "x-shopify-event-id"),
    "woocommerce": ("x-wc-webhook-delivery-id",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A payload with made-up people, in the shape that the shop sends."""

    key: str
    shape: str
    title: str
    topic: str
    headers: dict[str, str]
    payload: Any

    @property
    def text(self) -> str:
        return msgspec.json.format(ENCODER.encode(self.payload), indent=2).decode()


@cache
def ready_rules(shape: str) -> tuple[Rule, ...]:
    """The ready-made rules of a shop; none for another shape."""
    return tuple(msgspec.convert(plain_rules(shape), list[Rule]))


@cache
def plain_rules(shape: str) -> Any:
    """The same as plain data, to be copied into a definition."""
    if shape not in SHOPS:
        return []
    # These files are ours: they may repeat themselves by alias, which files of others may not.
    return json.loads(json.dumps(yaml.safe_load((FOLDER / f"{shape}.yaml").read_text())))


@cache
def samples() -> tuple[Sample, ...]:
    found = read_json((FOLDER / "samples.json").read_text())
    return tuple(Sample(**one) for one in found)
