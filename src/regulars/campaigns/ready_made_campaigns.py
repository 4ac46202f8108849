"""Campaigns to begin with, each to whom its ready-made message is meant for."""

from regulars.campaigns.model import Campaign
from regulars.conditions import Ahead, Anniversary, Filter, Last, Measured, OrderCount

# By the key that is proposed; the template is the ready-made one of that key.
READY_MADE = {
    "welcome-members": Campaign(
        title="Welcome new members",
        purpose="Greet who joined this week, and see whether it brings them to a first purchase.",
        condition=Measured(of="event", name="regulars.loyalty.joined", window=Last(days=7)),
        template="welcome",
        window_days=14,
        expected_percent=25.0,
    ),
    "tell-of-new-arrivals": Campaign(
        title="New arrivals",
        purpose="Show what is new to who bought in the last three months, and see whether they come for it.",
        condition=OrderCount(comparison="at_least", number=1, window=Last(days=90)),
        template="new-arrivals",
        window_days=7,
    ),
    "use-your-points": Campaign(
        title="Points about to expire",
        purpose="Remind who loses points in the next two weeks, and see whether they use them.",
        condition=Measured(
            of="lot",
            figure="sum",
            property="remaining",
            where=(Filter(property="pending", value=False),),
            window=Ahead(days=14),
        ),
        template="points-expire",
        window_days=14,
    ),
    "birthday-wishes": Campaign(
        title="Birthday",
        purpose="Congratulate who has a birthday this week, and see whether it brings them in.",
        condition=Anniversary(trait="birthday", days=6),
        template="birthday",
        window_days=14,
    ),
}
