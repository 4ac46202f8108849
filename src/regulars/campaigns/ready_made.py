"""Ready-made definitions: the message and the campaign that ask the lapsed to come back."""

from regulars.campaigns.model import Campaign
from regulars.templates import WIN_BACK_MJML, Template

WIN_BACK_TEMPLATE_KEY = "we-miss-you"
WIN_BACK_KEY = "win-back"

WIN_BACK_TEMPLATE = Template(
    title="We miss you",
    subject="We miss you{% if customer.first_name %}, {{ customer.first_name }}{% endif %}",
    preheader="{% if points %}Your points are waiting, and so are we{% else %}It has been long{% endif %}.",
    text="""\
Hello {{ customer.first_name | default: "there" }},

it has been a while since your last visit, and we would like to see you again.
{% if points %}
{{ points }} points are waiting for you{% if tier %}, and you are still {{ tier }}{% endif %}.
{% endif %}
Come by{% if points %}, and they count on your next basket{% else %} when it suits you{% endif %}.

No more of these: {{ unsubscribe_url }}
What you hear of: {{ preferences_url }}
""",
    mjml=WIN_BACK_MJML,
)

WIN_BACK = Campaign(
    title="Win back the lapsed",
    purpose="Find out whether a reminder brings back people who have stopped coming.",
    segment="lapsed",
    template=WIN_BACK_TEMPLATE_KEY,
    held_out_percent=30.0,
    window_days=28,
    expected_percent=20.0,
)
