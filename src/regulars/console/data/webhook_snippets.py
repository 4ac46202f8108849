"""How the other side sees that a request is ours, in the language of its program."""

from regulars.console.data.snippets import Snippet

PYTHON = """# pip install standardwebhooks
from standardwebhooks.webhooks import Webhook

@app.post("/hooks")
def hooks():
    # The raw body: parsed and written again it is another one.
    told = Webhook(SECRET).verify(request.get_data(), dict(request.headers))
    if not seen_before(request.headers["webhook-id"]):
        queue.put(told)          # Answer first, work later.
    return "", 204"""

NODE = """// npm install standardwebhooks
import { Webhook } from "standardwebhooks";

app.post("/hooks", express.raw({ type: "application/json" }), async (req, res) => {
  let told;
  try {
    told = new Webhook(process.env.SECRET).verify(req.body.toString(), req.headers);
  } catch {
    return res.status(401).end();
  }
  if (!(await seenBefore(req.headers["webhook-id"]))) await queue.add(told);
  res.status(204).end();   // Answer first, work later.
});"""

BY_HAND = """import base64, hashlib, hmac

def is_true(secret: str, headers: dict, body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    head = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    right = base64.b64encode(hmac.new(key, head + body, hashlib.sha256).digest()).decode()
    given = [one.partition(",")[2] for one in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(right, one) for one in given)
# Refuse what is older than five minutes, too: webhook-timestamp is in seconds."""


def verifying() -> tuple[Snippet, ...]:
    return (
        Snippet(
            key="verify-python", title="Python", text=PYTHON,
            note="With the published library; it refuses what is older than five minutes.",
        ),
        Snippet(
            key="verify-node", title="Node", text=NODE, note="With the published library, in Express."
        ),
        Snippet(
            key="verify-by-hand", title="Without a library", text=BY_HAND,
            note="HMAC-SHA256 over id, timestamp and body, each parted by a full stop.",
        ),
    )  # fmt: skip
