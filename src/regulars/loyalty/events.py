"""The events this room appends to the log."""

from regulars.log import EventType

PROGRAMME = "Key of the programme."

EVENTS = (
    EventType(
        name="regulars.loyalty.joined",
        description="A customer became a member of a programme.",
        properties={
            "programme": PROGRAMME,
            "terms_version": "The terms joined under.",
            "by": "first_earn, first_active or enrolment.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_earned",
        description="An order or another event earned points.",
        properties={
            "programme": PROGRAMME,
            "points": "How many, in the currency's smallest unit.",
            "currency": "Code of the points currency.",
            "transfer": "Number of the transfer in the ledger.",
            "rule": "Key of the earning rule.",
            "pending": "Whether they still wait.",
            "expires_at": "The first instant they cannot be spent; null: never.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_expired",
        description="Points of a member expired.",
        properties={
            "programme": PROGRAMME,
            "points": "How many, in the currency's smallest unit.",
            "currency": "Code of the points currency.",
            "transfer": "Number of the transfer in the ledger.",
            "expired_at": "When their validity ended.",
            "because": "validity, inactivity or closing.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_expiring",
        description="Points of a member end soon; told once for each day on which some end.",
        properties={
            "programme": PROGRAMME,
            "points": "How many, in the currency's smallest unit.",
            "currency": "Code of the points currency.",
            "last_day": "The last day, in the programme's zone, on which they can be spent.",
            "ends_at": "The first instant at which they cannot.",
            "because": "validity, inactivity or closing.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_changed",
        description="Points were spent, given, taken, passed on or reinstated, or a transfer was reversed.",
        properties={
            "programme": PROGRAMME,
            "kind": "spend, adjust, gift, pool (shared in a household), reinstate or reversal.",
            "points": "How many changed hands, in the currency's smallest unit.",
            "currency": "Code of the points currency.",
            "transfer": "Number of the transfer in the ledger.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_held",
        description="Points were promised to a payment; they are no longer spendable.",
        properties={
            "programme": PROGRAMME,
            "hold": "Number of the hold.",
            "points": "How many, in the currency's smallest unit.",
            "currency": "Code of the points currency.",
            "expires_at": "When the hold is over by itself.",
            "order": "Key of the order it is for, if it was said.",
        },
    ),
    EventType(
        name="regulars.loyalty.hold_resolved",
        description="A hold was captured, as a whole or in part, voided, or its time was over.",
        properties={
            "programme": PROGRAMME,
            "hold": "Number of the hold.",
            "points": "How many were held, in the currency's smallest unit.",
            "captured": "How many of them were spent; the rest is free again.",
            "currency": "Code of the points currency.",
            "state": "captured, voided or expired.",
            "order": "Key of the order it was for, if it was said.",
        },
    ),
    EventType(
        name="regulars.loyalty.points_moved",
        description="Points came or went with a profile that was merged or split; told as history.",
        properties={
            "programme": PROGRAMME,
            "points": "How many, in the currency's smallest unit.",
            "owed": "A debt that came along.",
            "currency": "Code of the points currency.",
            "transfer": "Number of the transfer in the ledger of the member who has them now.",
            "because": "merge or split.",
        },
    ),
    EventType(
        name="regulars.loyalty.tier_changed",
        description="A member reached a higher tier, or a review, a return or a person changed it.",
        properties={
            "programme": PROGRAMME,
            "tier_set": "Key of the tier set.",
            "tier_before": "Number of the tier before; 1 is the first.",
            "tier_after": "Number of the tier after.",
            "direction": "up or down.",
        },
    ),
    EventType(
        name="regulars.loyalty.tier_ending",
        description="A tier ends soon and would be lowered as things stand; told once for each end.",
        properties={
            "programme": PROGRAMME,
            "tier_set": "Key of the tier set.",
            "tier": "Number of the tier; 1 is the first.",
            "tier_name": "Its name.",
            "tier_after": "Number of the tier it would be.",
            "tier_after_name": "The name of that.",
            "ends_at": "When it would be lowered, the days of grace included.",
            "counted": "What counts for it so far.",
            "missing": "What is missing to keep it.",
        },
    ),
)
