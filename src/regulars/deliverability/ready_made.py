"""What a new definition of this room can start from."""

from datetime import date

from regulars.deliverability.mailbox import Mailbox
from regulars.deliverability.policy import BUILT_IN, BouncePolicy
from regulars.deliverability.policy import KEY as POLICY_KEY
from regulars.deliverability.warm_up import WarmUp
from regulars.deliverability.webhook import BounceWebhook, Mapped

Body = WarmUp | BouncePolicy | Mailbox | BounceWebhook
# By kind: key, body and what it is for.
READY_MADE: dict[str, list[tuple[str, Body, str]]] = {
    "warm-up": [
        (
            "new-name",
            WarmUp(
                title="A new name, in about three weeks",
                channel="newsletter",
                starts_on=date(2026, 1, 5),
            ),
            "From 200 messages a day to 100,000, and no growth while too much comes back.",
        )
    ],
    "bounce-policy": [
        (POLICY_KEY, BUILT_IN, "Hard bounces and complaints at once, soft ones after five in thirty days.")
    ],
    "bounce-mailbox": [
        (
            "bounces",
            Mailbox(title="Bounces", host="imap.example.com", user="bounces@example.com"),
            "Looks by IMAP every five minutes and moves what it took.",
        )
    ],
    "bounce-webhook": [
        (
            "amazon-ses",
            BounceWebhook(
                title="Amazon SES",
                shape="ses",
                topic="arn:aws:sns:eu-central-1:123456789012:bounces",
            ),
            "Bounces, complaints and deliveries of Amazon SES, by a topic of SNS.",
        ),
        (
            "another-provider",
            BounceWebhook(
                title="Another provider",
                shape="generic",
                mapped=Mapped(
                    items="events",
                    message="message_id",
                    address="recipient",
                    kind="event",
                    kinds={"hard_bounce": "hard", "soft_bounce": "soft", "complaint": "complaint"},
                    code="status",
                    detail="reason",
                ),
            ),
            "Any provider that tells by JSON, with a token as its proof.",
        ),
    ],
}
# What one reads before choosing; of the policy its own sentence says it.
TEXTS = {key: text for kind, made in READY_MADE.items() for key, _, text in made if kind != "bounce-policy"}
