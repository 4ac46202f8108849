"""The events that offers write into the log: of codes that belong to somebody."""

from regulars.log import EventType

POOL = "Key of the voucher pool."
CODE = "Id of the code, as in vch_3f; its signs stand nowhere but with the code."

EVENTS = (
    EventType(
        name="regulars.offers.code_issued",
        description="A voucher code was handed out to a customer.",
        properties={
            "pool": POOL,
            "code": CODE,
            "expires_at": "The first instant at which it cannot be used; null: never.",
        },
    ),
    EventType(
        name="regulars.offers.code_redeemed",
        description="A voucher code was used, or a gift card paid.",
        properties={
            "pool": POOL,
            "code": CODE,
            "use": "Id of the use, as in use_3f.",
            "order_key": "The order it was used for, if one was told.",
            "given_minor": "What it was worth, in the currency's smallest unit.",
            "currency": "ISO 4217.",
        },
    ),
    EventType(
        name="regulars.offers.code_cancelled",
        description="A use was given back, or a code was withdrawn.",
        properties={
            "pool": POOL,
            "code": CODE,
            "use": "Id of the use that was given back; null: the code itself was withdrawn.",
            "given_minor": "What was given back of it, in the currency's smallest unit.",
            "currency": "ISO 4217.",
        },
    ),
    EventType(
        name="regulars.offers.code_expired",
        description="A voucher code of a customer expired without being used up.",
        properties={"pool": POOL, "code": CODE, "expired_at": "When its validity ended."},
    ),
)
