"""A campaign that was sent, and readers who open it."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
from psycopg.types.json import Jsonb

from regulars import messaging, responses
from regulars.app import assemble
from regulars.customers import CONSENT_POLICY, ConsentPolicy
from regulars.db import Database
from regulars.intake import Responding
from regulars.kernel import public_id
from regulars.messaging import Sender, carry_on
from regulars.settings import Settings
from regulars.templates import Template
from tests.integration.messaging.given import NAME, add_numbered, publish, queue, treat

OURS = "https://us.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LEFT = datetime.now(UTC) - timedelta(hours=2)
NEWS = Template(
    title="News",
    subject="News",
    text="Read https://shop.example/news, or stop: {{ unsubscribe_url }}, or look: {{ view_url }}",
    html=(
        "<html><body><p>{{ customer.name | default: 'you' }}</p>"
        '<a href="https://shop.example/news?a=1&amp;b=2">News</a>'
        "<a href='https://shop.example/sale'>Sale</a>"
        "<a href=https://shop.example/shoes>Shoes</a>"
        '<a href="https://shop.example/own?who={{ customer.id }}">Yours</a>'
        '<a href="mailto:help@shop.example">Help</a>'
        '<a href="{{ unsubscribe_url }}">Unsubscribe</a>'
        "</body></html>"
    ),
)
HREF = re.compile(r"""<a href=["']?([^"'> ]+)["']?[^>]*>([^<]*)</a>""")


def letters(_tx, _source, to):
    stop = "https://us.example/p/x/unsubscribe"
    return {one.send_id: messaging.Letter(variables={"unsubscribe_url": stop}) for one in to}


def sender():
    placed = responses.address_of(OURS)
    return Sender(finish=responses.finish(placed, OURS), letters=responses.letters(letters, placed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One message as its reader has it: where its links lead, by what is written on them."""

    send_id: int
    customer_id: int
    html: str
    text: str
    links: dict[str, str] = field(default_factory=dict)

    @property
    def pixel(self):
        return re.search(r'<img src="([^"]+)"', self.html)[1]

    @property
    def trap(self):
        return self.links[""]

    @property
    def view(self):
        return re.search(r"https://us\.example/v/\S+", self.text)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    database: Database

    def send(self, count, *, body=NEWS, name=NAME, tracking="allowed", at=LEFT, traits=None):
        """Send to so many new customers; gives each one's message."""
        with self.database.transaction() as tx:
            policy = ConsentPolicy(title="Ours", basis="legitimate_interest", tracking=tracking)
            publish(tx, CONSENT_POLICY, "consent", policy)
            people = add_numbered(tx, count)
            if traits is not None:
                tx.execute("update customers.customer set traits = %s", [Jsonb(traits)])
            queue(tx, treat(people), body=body, name=name)
        carry_on(self.database, sender(), name, at=at)
        return [self.read(one) for one in people]

    def read(self, customer_id):
        with self.database.transaction() as tx:
            (send_id,) = tx.execute(
                "select max(send_id) from messaging.send where customer_id = %s", [customer_id]
            ).fetchone()
            kept = messaging.message(tx, public_id("msg", send_id), cut=False)
        links = {words: unescape(to) for to, words in HREF.findall(kept.html_body or "")}
        return Read(
            send_id=send_id,
            customer_id=customer_id,
            html=kept.html_body or "",
            text=kept.text_body,
            links=links,
        )

    def during(self, work, **settings):
        """Run `work` with a client of the public routes; what was heard is written when it ends."""

        async def whole():
            responding = Responding(assemble(Settings(**settings), self.database))
            async with responding.running():
                transport = httpx.ASGITransport(app=responding)
                async with httpx.AsyncClient(
                    transport=transport, base_url=OURS, headers={"user-agent": BROWSER}
                ) as client:
                    return await work(client)

        return asyncio.run(whole())

    def get(self, *urls, agent=BROWSER, pause=0.0):
        """Ask for these one after the other."""

        async def ask(client):
            answers = []
            for url in urls:
                answers.append(await client.get(url, headers={"user-agent": agent}))
                await asyncio.sleep(pause)
            return answers

        return self.during(ask)

    def later(self, by):
        """Let what was heard so far be so much longer ago: bursts are a matter of seconds."""
        with self.database.transaction() as tx:
            tx.execute(
                "update responses.heard set first_at = first_at - %(by)s, last_at = last_at - %(by)s",
                {"by": by},
            )

    def reactions(self, send_id):
        with self.database.transaction() as tx:
            return [(one.kind, one.machine, one.link, one.times) for one in responses.of_message(tx, send_id)]

    def figures(self, *names):
        with self.database.transaction() as tx:
            return responses.figures(tx, *(names or (NAME,)))
