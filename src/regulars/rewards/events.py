"""The events that rewards write into the log."""

from regulars.log import EventType

SHARED = {
    "programme": "Key of the programme.",
    "reward": "Key of the reward.",
    "redemption": "Id of the redemption, as in rdm_3f.",
    "points": "What it cost, in the currency's smallest unit.",
}

EVENTS = (
    EventType(
        name="regulars.rewards.redeemed",
        description="A member redeemed a reward for points.",
        properties=SHARED
        | {
            "code": "Id of the voucher code it handed out; null: none.",
            "automatic": "Whether the programme redeemed it by itself.",
        },
    ),
    EventType(
        name="regulars.rewards.state_changed",
        description="A redeemed reward was made ready, sent, handed over or cancelled.",
        properties=SHARED
        | {"state": "ready, sent, handed_over or cancelled.", "before": "The state before."},
    ),
)
