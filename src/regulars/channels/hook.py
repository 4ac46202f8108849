"""Messages as signed requests to one's own system, by Standard Webhooks: it can tell one that comes twice."""

import json
from datetime import UTC

from standardwebhooks.webhooks import Webhook as Signing

from regulars.channels.asking import Asked, HttpWay
from regulars.channels.body import Webhook
from regulars.channels.channel import Message
from regulars.channels.work import Down
from regulars.kernel import Clock, public_id
from regulars.outgoing import WayOut

TYPE = "regulars.message"


class HookWay(HttpWay):
    def __init__(self, key: str, provider: Webhook, secret: str | None, *, way: WayOut, wall: Clock) -> None:
        super().__init__(
            provider.name,
            at_once=provider.at_once,
            per_second=provider.per_second,
            timeout_s=provider.timeout_s,
            way=way,
        )
        self._key, self._provider, self._secret, self._wall = key, provider, secret, wall

    def asked(self, message: Message) -> Asked:
        if self._secret is None:
            raise Down("It has no secret yet: nobody could tell whether a message is true.")
        text, now = json.dumps(self.payload(message), ensure_ascii=False), self._wall.now()
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signing(self._secret).sign(message.id, now, text),
        }
        return Asked(url=self._provider.url, content=text.encode(), headers=headers)

    def payload(self, message: Message) -> dict[str, object]:
        at = message.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        data = {
            "channel": self._key,
            "customer": public_id("cus", message.customer_id),
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "link": message.link,
            "image": message.image,
        }
        return {"type": TYPE, "timestamp": at, "data": data}
