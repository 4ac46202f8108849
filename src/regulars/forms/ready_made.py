"""A form to begin with, and the message that asks to confirm the address."""

from regulars.forms.model import Agreement, Field, Form
from regulars.templates import Template

CONFIRM_TEMPLATE_KEY = "confirm-address"
PREFERENCES_KEY = "preferences"

CONFIRM_TEMPLATE = Template(
    title="Confirm your address",
    subject="Please confirm your address",
    preheader="One step is left.",
    purpose="transactional",
    text="""\
Hello {{ customer.first_name | default: "there" }},

this address was given in our form. Was it you? Then open this page and confirm it:

{{ form.confirm_url | default: "" }}

If it was not you, do nothing: without the confirmation we forget what was written there.
""",
)

PREFERENCES = Form(
    title="What do you like?",
    text="Tell us what interests you, and we write about nothing else.",
    fields=(
        Field(name="email", label="E-mail", type="email", required=True),
        Field(name="first_name", label="First name"),
        Field(name="birthday", label="Birthday", type="date", hint="For a small present once a year."),
        Field(
            name="interests",
            label="What interests you",
            type="choices",
            choices=("New products", "Recipes", "Offers"),
        ),
    ),
    agreements=(Agreement(channel="email", topic="news", wording="Write to me by e-mail about these."),),
    template=CONFIRM_TEMPLATE_KEY,
    thanks="Thank you. We have sent you a message: open it to confirm your address.",
)
