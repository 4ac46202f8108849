"""The events this room appends to the log."""

from regulars.log import EventType

SESSION = {
    "session": "The session, as in ses_….",
    "programme": "Key of the programme.",
    "order": "The shop's or till's id of the order; null: none.",
    "points": "Points that paid, in the currency's smallest unit.",
    "codes": "How many voucher codes were redeemed.",
}
EVENTS = (
    EventType(name="regulars.checkout.captured", description="A cart was paid.", properties=SESSION),
    EventType(name="regulars.checkout.voided", description="A cart was given up.", properties=SESSION),
    EventType(name="regulars.checkout.expired", description="A cart ran out of time.", properties=SESSION),
)
