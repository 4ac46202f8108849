"""Templates to begin with: letters in the look of the brand, and one message of each other medium."""

from regulars.templates.shelf import Block, Brand
from regulars.templates.template import Template

BRAND_START = Brand(
    name="Our shop",
    website="https://shop.example",
    footer="You get this because you asked to hear from us.",
    address="Our Shop Ltd, 1 Market Street, Springfield",
    languages=("en",),
)

# Grey words on the paper: at least 4.5 to 1 in contrast, as all the others.
FOOTER_MJML = """\
<mj-section padding="24px 0 40px"><mj-column>
  <mj-text align="center" font-size="13px" line-height="1.6" color="#52606d">
    {% if brand.footer %}{{ brand.footer }}<br />{% endif %}
    {{ brand.name }}{% if brand.address %} · {{ brand.address }}{% endif %}<br />
    <a class="quiet" href="{{ unsubscribe_url }}">No more of these</a> ·
    <a class="quiet" href="{{ preferences_url }}">What you hear of</a>
  </mj-text>
</mj-column></mj-section>"""

BLOCKS = {
    "footer": Block(
        title="Footer",
        description="Who writes, from where, and the links that advertising must carry.",
        mjml=FOOTER_MJML,
        html="""\
<p style="font-size:13px;color:#52606d">{% if brand.footer %}{{ brand.footer }}<br>{% endif %}
{{ brand.name }}{% if brand.address %} · {{ brand.address }}{% endif %}<br>
<a href="{{ unsubscribe_url }}">No more of these</a> ·
<a href="{{ preferences_url }}">What you hear of</a></p>
""",
        text="""\
{{ brand.name }}{% if brand.address %} · {{ brand.address }}{% endif %}
No more of these: {{ unsubscribe_url }}
What you hear of: {{ preferences_url }}
""",
    )
}

HEAD = """\
<mj-head>
  <mj-attributes>
    <mj-all font-family="{{ brand.font }}" />
    <mj-text font-size="16px" line-height="1.6" color="{{ brand.ink }}" padding="8px 32px" />
    <mj-button background-color="{{ brand.colour }}" color="#ffffff" border-radius="8px" font-size="16px"
      font-weight="600" inner-padding="14px 28px" padding="16px 32px 24px" align="left" />
    <mj-section padding="0" />
    <mj-wrapper padding="0" />
    <mj-divider border-color="#e4e7eb" border-width="1px" padding="8px 32px" />
    <mj-class name="title" font-size="28px" line-height="1.25" font-weight="700" padding="8px 32px 4px" />
    <mj-class name="large" font-size="40px" line-height="1.2" font-weight="700" padding="0 32px" />
    <mj-class name="small" font-size="14px" color="#52606d" />
  </mj-attributes>
  <mj-style>
    a { color: {{ brand.colour }}; }
    a.quiet { color: #52606d; }
    @media (prefers-color-scheme: dark) {
      body, .paper { background-color: #16191d !important; }
      .sheet, .sheet > table { background-color: #22272e !important; }
      .sheet a.name { color: #a9c8ff !important; }
      .sheet div, .sheet table { color: #f0f2f4 !important; }
      .around div, .around a.quiet { color: #b4bcc6 !important; }
    }
  </mj-style>
</mj-head>"""

TOP = """\
<mj-section css-class="around" padding="20px 0 16px"><mj-column>
  {% if view_url %}<mj-text align="right" font-size="12px" padding="0 32px 8px" color="#52606d">
    <a class="quiet" href="{{ view_url }}">Read in the browser</a></mj-text>{% endif %}
  {% if brand.logo %}<mj-image src="{{ brand.logo }}" alt="{{ brand.name }}" width="140px" align="left"
    padding="8px 32px" />{% else %}<mj-text font-size="20px" font-weight="700" padding="8px 32px">
    {{ brand.name }}</mj-text>{% endif %}
</mj-column></mj-section>"""

ROUND = 'border-radius="12px" background-color="#ffffff" css-class="sheet"'
END_OF_ORDER = """\
<mj-section css-class="around" padding="24px 0 40px"><mj-column>
  <mj-text align="center" font-size="13px" line-height="1.6" color="#52606d">
    {{ brand.name }}{% if brand.address %} · {{ brand.address }}{% endif %}<br />
    <a class="quiet" href="{{ preferences_url }}">Your data and what you hear of</a>
  </mj-text>
</mj-column></mj-section>"""


def letter(sheet: str, footer: str = FOOTER_MJML) -> str:
    """Return the MJML of a letter: the sheet is what stands in the column of the white card."""
    foot = (
        footer.replace("<mj-section ", '<mj-section css-class="around" ', 1)
        if footer is FOOTER_MJML
        else footer
    )
    return (
        f'<mjml lang="en">\n{HEAD}\n'
        f'<mj-body background-color="{{{{ brand.paper }}}}" css-class="paper">\n{TOP}\n'
        f'<mj-section {ROUND} padding="24px 0 8px"><mj-column>\n{sheet.strip()}\n</mj-column></mj-section>\n'
        f"{foot}\n</mj-body>\n</mjml>\n"
    )


HELLO = '{{ customer.first_name | default: "there" }}'
WELCOME = Template(
    title="Welcome",
    subject="Welcome{% if customer.first_name %}, {{ customer.first_name }}{% endif %}",
    preheader="What you can expect from us, in half a minute.",
    text="",
    mjml=letter(
        f"""\
<mj-text mj-class="title">Good to have you, {HELLO}</mj-text>
<mj-text>Thank you for joining us. From now on each purchase brings you a little closer to your next
  reward{{% if points %}}: you have <strong>{{{{ points }}}} points</strong> already{{% endif %}}.</mj-text>
<mj-text><strong>Collect.</strong> Show your card or name your address at the till.</mj-text>
<mj-divider />
<mj-text><strong>Choose.</strong> Rewards begin small, so that you need not wait for long.</mj-text>
<mj-divider />
<mj-text><strong>Decide.</strong> You say what you want to hear of, and how often.</mj-text>
<mj-button href="{{{{ member_url }}}}">See your page</mj-button>
""",
    ),
)
WIN_BACK_MJML = letter(
    f"""\
<mj-text mj-class="title">We miss you, {HELLO}</mj-text>
<mj-text>It has been a while since your last visit, and we would like to see you again.</mj-text>
{{% if points %}}<mj-text mj-class="small" padding="16px 32px 0">Waiting for you</mj-text>
<mj-text mj-class="large">{{{{ points }}}} points</mj-text>
{{% if tier %}}<mj-text padding="0 32px 8px">You are still {{{{ tier }}}}.</mj-text>{{% endif %}}{{% endif %}}
{{% if points %}}<mj-text>Come by, and they count on your next basket.</mj-text>
<mj-button href="{{{{ member_url }}}}">See what they buy</mj-button>
{{% else %}}<mj-text padding="8px 32px 24px">Come by when it suits you.</mj-text>{{% endif %}}
""",
)


def _product(number: int) -> str:
    key = f"product-{number}"
    return f"""\
{{% comment %}} Put the key of a product of your catalogue in place of {key}. {{% endcomment %}}
{{% assign name = "{key}" | product: "name" | default: "" %}}
{{% if name != "" %}}{{% assign found = true %}}
{{% assign image = "{key}" | product: "image" | default: "" %}}
{{% assign address = "{key}" | product: "url" | default: brand.website | default: "#" %}}
{{% if image != "" %}}<mj-image src="{{{{ image }}}}" border-radius="8px" padding="16px 32px 0"
  alt="{{{{ name }}}}" href="{{{{ address }}}}" />{{% endif %}}
<mj-text padding="12px 32px 0" font-size="18px" font-weight="700">
  <a class="name" href="{{{{ address }}}}">{{{{ name }}}}</a></mj-text>
<mj-text mj-class="small" padding="0 32px 16px">{{{{ "{key}" | product: "price" | default: "" }}}}</mj-text>
{{% endif %}}
"""


NEW_ARRIVALS = Template(
    title="New arrivals",
    subject="New on our shelves",
    preheader="Three things we are glad to have.",
    text="",
    mjml=letter(
        f"""\
<mj-text mj-class="title">New on our shelves</mj-text>
<mj-text>Hello {HELLO}, these came in this week, and we picked them for you.</mj-text>
"""
        + "".join(_product(number) for number in (1, 2, 3))
        + """\
{% unless found %}{% abort_message "none of its products is in the catalogue" %}{% endunless %}
{% if brand.website %}<mj-button href="{{ brand.website }}">See everything new</mj-button>{% endif %}
""",
    ),
)
POINTS_EXPIRE = Template(
    title="Points about to expire",
    subject="Your points are about to expire",
    preheader="There is still time to use them.",
    text="",
    mjml=letter(
        f"""\
<mj-text mj-class="title">There is still time, {HELLO}</mj-text>
<mj-text mj-class="small" padding="16px 32px 0">About to expire</mj-text>
<mj-text mj-class="large">{{{{ event.points | default: points | default: "Your" }}}} points</mj-text>
{{% if event.last_day %}}<mj-text padding="0 32px 8px">until
  {{{{ event.last_day | date: "%-d %B %Y" }}}}</mj-text>{{% endif %}}
<mj-text>Use them for a reward or on your next basket; each purchase also brings new ones.</mj-text>
<mj-button href="{{{{ member_url }}}}">Use your points</mj-button>
""",
    ),
)
BIRTHDAY = Template(
    title="Birthday reward",
    subject="Happy birthday{% if customer.first_name %}, {{ customer.first_name }}{% endif %}!",
    preheader="A small present is inside.",
    text="",
    mjml=letter(
        f"""\
<mj-text mj-class="title">Happy birthday, {HELLO}!</mj-text>
<mj-text>Thank you for another year with us. Here is a small present, from all of us.</mj-text>
{{% if event.code %}}<mj-text mj-class="small" padding="16px 32px 0">Your code</mj-text>
<mj-text mj-class="large" letter-spacing="2px">{{{{ event.code }}}}</mj-text>
{{% if event.valid_until %}}<mj-text padding="0 32px 8px">valid until
  {{{{ event.valid_until | date: "%-d %B %Y" }}}}</mj-text>{{% endif %}}
{{% else %}}<mj-text>It waits on your page.</mj-text>{{% endif %}}
<mj-button href="{{{{ member_url }}}}">Unwrap it</mj-button>
""",
    ),
)
ORDER_CONFIRMED = Template(
    title="Order confirmation",
    subject="Your order{% if last_order %} {{ last_order.order_id }}{% endif %}",
    preheader="Thank you. Here is what you bought.",
    purpose="transactional",
    text="",
    mjml=letter(
        f"""\
<mj-text mj-class="title">Thank you, {HELLO}</mj-text>
{{% if last_order %}}
<mj-text>We have your order <strong>{{{{ last_order.order_id }}}}</strong> of
  {{{{ last_order.date | date: "%-d %B %Y" }}}}.</mj-text>
<mj-table padding="8px 32px" font-size="16px" line-height="1.6" color="{{{{ brand.ink }}}}">
  <tr><th align="left" scope="col" style="padding:8px 0;border-bottom:2px solid #e4e7eb">Product</th>
    <th align="right" scope="col" style="padding:8px 0;border-bottom:2px solid #e4e7eb">Price</th></tr>
  {{% for product in last_order.products %}}
  <tr><td style="padding:8px 0;border-bottom:1px solid #e4e7eb">{{{{ product.quantity }}}} ×
      {{{{ product.name }}}}</td>
    <td align="right" style="white-space:nowrap;padding:8px 0;border-bottom:1px solid #e4e7eb">
      {{{{ product.paid }}}}</td></tr>
  {{% endfor %}}
  <tr><td style="padding:12px 0"><strong>Total</strong></td>
    <td align="right" style="white-space:nowrap;padding:12px 0">
      <strong>{{{{ last_order.total }}}}</strong></td></tr>
</mj-table>
{{% else %}}<mj-text>We have your order and get it ready.</mj-text>{{% endif %}}
<mj-text>We write again as soon as something happens. Questions? Answer this message.</mj-text>
""",
        END_OF_ORDER,
    ),
)
SMS = Template(
    title="Short reminder",
    medium="sms",
    subject="",
    text="{{ brand.name }}: {{ points | default: 'your' }} points wait for you. {{ member_url }} "
    "Reply STOP to end.",
)
PUSH = Template(
    title="Push: something new",
    medium="push",
    subject="New on our shelves",
    text="{% if customer.first_name %}{{ customer.first_name }}, three{% else %}Three{% endif %} things "
    "came in today.",
    link="{{ brand.website | default: 'https://shop.example' }}",
)
CARD = Template(
    title="Card: your points",
    medium="inbox",
    subject="{{ points | default: 0 }} points",
    text="Enough for a reward? Have a look at what they buy.",
    link="{{ member_url }}",
)
TEMPLATES = {
    "welcome": WELCOME,
    "new-arrivals": NEW_ARRIVALS,
    "points-expire": POINTS_EXPIRE,
    "birthday": BIRTHDAY,
    "order-confirmation": ORDER_CONFIRMED,
    "reminder-sms": SMS,
    "something-new-push": PUSH,
    "points-card": CARD,
}
TEXTS = {
    "welcome": "Greets new members and tells what to expect.",
    "new-arrivals": "Three products from the catalogue, with their pictures and prices.",
    "points-expire": "Reminds of points in time to use them.",
    "birthday": "Congratulates, with a code or a reward.",
    "order-confirmation": "What was bought, line by line; part of the order, so it passes opt-outs.",
    "reminder-sms": "A text message of one part.",
    "something-new-push": "A push message that leads to the shop.",
    "points-card": "A card in the app or on the site.",
    "footer": "Who writes, from where, and the links that advertising must carry.",
}
