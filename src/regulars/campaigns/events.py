"""What this room tells the log."""

from regulars.log import EventType

CONVERTED = "regulars.campaigns.converted"
EVENTS = (
    EventType(
        name=CONVERTED,
        description="Somebody did what a campaign was for inside their window, whichever arm they are in.",
        properties={
            "campaign": "Its key.",
            "version": "Its version.",
            "arm": "treated or held_out.",
            "goal": "The event it is measured by.",
        },
    ),
)
