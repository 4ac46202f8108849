"""What somebody copies to send their first event, in the language of their program."""

import json
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    key: str
    title: str
    text: str
    note: str


def snippets(address: str, key: str) -> tuple[Snippet, ...]:
    """For this installation and this tracking key."""
    return (_curl(address, key), _python(address, key), _node(address, key), _browser(address, key))


def _curl(address: str, key: str) -> Snippet:
    event = {"userId": "customer-1", "event": "Hello Regulars", "properties": {"from": "curl"}}
    text = (
        f"curl '{address}/v1/track' \\\n"
        f"  -u '{key}:' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(event)}'"
    )
    return Snippet(key="curl", title="curl", text=text, note="The quickest try: one event from a terminal.")


def _python(address: str, key: str) -> Snippet:
    text = f"""import segment.analytics as analytics

analytics.write_key = {key!r}
analytics.host = {address!r}
analytics.identify("customer-1", {{"name": "Ada"}})
analytics.track("customer-1", "Hello Regulars", {{"from": "python"}})
analytics.flush()"""
    return Snippet(
        key="python",
        title="Python",
        text=text,
        note="The published client: pip install segment-analytics-python",
    )


def _node(address: str, key: str) -> Snippet:
    text = f"""import {{ Analytics }} from "@segment/analytics-node";

const analytics = new Analytics({{ writeKey: {json.dumps(key)}, host: {json.dumps(address)} }});
analytics.identify({{ userId: "customer-1", traits: {{ name: "Ada" }} }});
analytics.track({{ userId: "customer-1", event: "Hello Regulars", properties: {{ from: "node" }} }});
await analytics.closeAndFlush();"""
    return Snippet(
        key="node", title="Node", text=text, note="The published client: npm install @segment/analytics-node"
    )


def _browser(address: str, key: str) -> Snippet:
    line = Markup('<script async src="{}/regulars.js" data-key="{}"></script>').format(address, key)
    text = f"""{line}
<script>
  window.regulars = window.regulars || [];
  regulars.push(["track", "Hello Regulars", {{ from: "browser" }}]);
</script>"""
    return Snippet(
        key="browser",
        title="Browser",
        text=text,
        note="One line in the head of each page. A tracking key only sends events in: it may be public.",
    )
