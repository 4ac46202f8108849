"""A ready-made consent policy: what a shop tells by which channel, and the words that are agreed to."""

from collections.abc import Mapping

from regulars.customers.consenting import KEY, ConsentPolicy, Topic

STARTING_POLICIES: Mapping[str, ConsentPolicy] = {
    KEY: ConsentPolicy(
        title="What we tell, and who agreed",
        topics=(
            Topic(
                key="news",
                title="News and offers",
                description="New products, prices and what is on in the stores.",
                purpose="Advertising our own products",
                channels=("email", "sms"),
                double_opt_in=True,
                wordings={
                    "1": "Yes, send me news and offers. I can take this back at any time, in every message."
                },
            ),
            Topic(
                key="similar-products",
                title="Things like those you bought",
                description="To those who bought; they can object when they buy and in every message.",
                purpose="Advertising products like those bought before",
                basis="legitimate_interest",
            ),
            Topic(
                key="orders",
                title="Your orders and points",
                description="Confirmations, deliveries, and what becomes of points.",
                purpose="Fulfilling orders and the loyalty programme",
                channels=("email", "sms", "push"),
                basis="contract",
            ),
        ),
    )
}
