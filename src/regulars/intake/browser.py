"""What the published browser client asks before it sends: where to, and that it need not measure itself."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

ADDRESS = re.compile(r"/v1/projects/([^/]{1,200})/settings")


def settings_of(scope: Scope, public_url: str | None) -> dict[str, object] | None:
    """The client's settings when the address asks for them; they say nothing that the page does not know."""
    asked = ADDRESS.fullmatch(scope["path"])
    if asked is None:
        return None
    if public_url:
        ours = urlsplit(public_url)
        protocol, host = ours.scheme, ours.netloc
    else:
        protocol, host = scope.get("scheme", "http"), Headers(scope=scope).get("host", "")
    destination = {"apiKey": asked[1], "apiHost": f"{host}/v1", "protocol": protocol}
    return {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {}, "identify": {}, "group": {}},
        "metrics": {"sampleRate": 0},
    }
