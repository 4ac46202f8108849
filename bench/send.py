"""Messages a second: from the ledger's waiting rows to the mail server's answer, beside a plain loop.

Ours: claim, all checks, render, sign the reader's links, hand over to a mail server on loopback, resolve.
Plain: the same template rendered by the library, one message object and one `send_message` a recipient over
one connection, and nothing else. The mail server is a process of its own; what it takes when nothing else is
worked out is measured too, so that it is seen not to be the limit. Then 100,000 recipients through all checks
into the recording channel, and the checks alone, with caps, quiet hours and holdout (full: of 1,000,000).
"""

import argparse
import json
import re
import smtplib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import psutil
from liquid import Environment
from psycopg import sql

from _sink import Sink, blast, sink
from regulars import access, customers, definitions, messaging, templates
from regulars.app import App, assemble
from regulars.channels import CHANNEL, ChannelBody
from regulars.channels.body import Smtp
from regulars.db import Database, create_database, migrate, run, values
from regulars.db.launcher import start
from regulars.messaging import Cap, QuietHours, SendingPolicy, SourceName
from regulars.settings import read_settings
from regulars.templates import TEMPLATE
from regulars.templates.preparing import sources
from regulars.templates.shelf import BARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    people: int  # In the recording channel, and asked by the checks.
    mailed: int
    plain: int


SIZES = {
    "small": Size(people=100_000, mailed=20_000, plain=2_000),
    "medium": Size(people=300_000, mailed=60_000, plain=4_000),
    "full": Size(people=1_000_000, mailed=100_000, plain=5_000),
}
RECORDED = 100_000
AT = datetime(2025, 3, 4, 10, tzinfo=UTC)
PEOPLE = sql.SQL("""
insert into customers.customer (name, email, email_folded, traits, created_at, first_seen_at, last_seen_at)
select
    'Ann Nr' || n, mail, mail,
    jsonb_build_object(
        'first_name', 'Ann', 'zone', (array['Europe/Berlin', 'America/New_York', 'Asia/Tokyo'])[1 + mod(n, 3)]
    ),
    %(at)s, %(at)s, %(at)s
from generate_series(1, %(count)s) as n,
    lateral (select 'ann' || n || '@d' || mod(n, 50) || '.invalid' as mail) as made
returning customer_id
""")
POLICY = SendingPolicy(
    title="Limits",
    caps=(Cap(n=3, channel="email", per="week"), Cap(n=1, per="day")),
    quiet_hours=(QuietHours(starts="02:00", ends="03:00"),),  # Of nobody here, now.
    holdout_percent=5.0,
    holdout_salt="bench",
)
QUIET = msgspec.structs.replace(POLICY, quiet_hours=(QuietHours(starts="21:00", ends="08:00"),))
OURS = re.compile(r" \| (?:web_address|css_text)")  # What makes values fit their place.
LETTER_BYTES = 20_000
BODY = templates.TEMPLATES["points-expire"]  # As marketers use it.
LINKS = dict.fromkeys(("unsubscribe_url", "preferences_url", "view_url", "member_url"), "https://s.invalid/x")


def publish(app: App, kind: definitions.Kind[Any], key: str, body: Any) -> int:
    with app.database.transaction() as tx:
        before = definitions.live(tx, kind, key)
        etag = before.etag if before else None
        definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=AT, etag=etag)
        done = definitions.publish(tx, access.SYSTEM, kind, key, at=AT)
    assert isinstance(done, definitions.Published)
    return done.definition.version


def queue(app: App, key: str, channel: str, people: list[int]) -> SourceName:
    name = SourceName(kind="campaign", key=key, version=1)
    with app.database.transaction() as tx:
        source = messaging.open_source(
            tx, name, channel=channel, template_key="letter", template_version=1, at=AT
        )
        messaging.enqueue(tx, source, dict.fromkeys(people, "treated"), at=AT)
    return name


def timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def mail(app: App, people: list[int], key: str, channel: str) -> tuple[float, float]:
    """Seconds to send to all of them, and by how many MiB the process grew over the second half."""
    half = len(people) // 2
    first, second = queue(app, key, channel, people[:half]), queue(app, f"{key}-2", channel, people[half:])
    own = psutil.Process()
    took = timed(lambda: messaging.carry_on(app.database, app.sender, first, at=AT))
    before = own.memory_info().rss
    took += timed(lambda: messaging.carry_on(app.database, app.sender, second, at=AT))
    return took, (own.memory_info().rss - before) / 2**20


def written() -> dict[str, str]:
    """The template as the bare library reads it: MJML compiled, styles inlined, no check of addresses."""
    return {name: OURS.sub("", text) for name, text in sources(BODY).items()}


def plain(app: App, people: list[int], port: int) -> float:
    """The loop that anybody writes first: seconds."""
    env = Environment(autoescape=True)
    read = {name: env.from_string(text) for name, text in written().items()}
    with app.database.transaction() as tx:
        known = list(customers.by_ids(tx, people).values())
    began = perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for person in known:
            said: Mapping[str, Any] = {
                **messaging.variables_of(person, {}),
                **LINKS,
                "brand": BARE.said_of_brand(),
            }
            letter = EmailMessage()
            letter["From"], letter["To"] = "Shop <news@shop.invalid>", person.email
            letter["Subject"] = read["subject"].render(**said)
            letter.set_content(read["text"].render(**said))
            letter.add_alternative(read["html"].render(**said), subtype="html")
            server.send_message(letter)
    return perf_counter() - began


def sink_alone(taking: Sink) -> float:
    """What the mail server takes a second, of letters as long as ours, when nothing is worked out."""
    count = 20_000
    return count / timed(lambda: blast(taking.port, b"Subject: x\r\n\r\n" + b"x" * LETTER_BYTES, count))


def checks(app: App, people: list[int]) -> float:
    """Seconds that all checks take for these people, nothing rendered and nothing written."""
    subject = messaging.Subject(medium="email", targeted=True)

    def ask() -> None:
        with app.database.transaction() as tx:
            messaging.forecast(tx, people, subject, AT)

    return timed(ask)


def rendering(app: App, people: list[int]) -> float:
    """Our rendering beside that of the bare library, on the same compiled template: as a ratio of rates."""
    made = templates.prepared(BODY)
    with app.database.transaction() as tx:
        said = [
            {**messaging.variables_of(one, {}), **LINKS, "brand": BARE.said_of_brand()}
            for one in customers.by_ids(tx, people).values()
        ]
    env = Environment(autoescape=True)
    bare = [env.from_string(text) for text in written().values()]
    ours = timed(lambda: [made.render(one) for one in said])
    theirs = timed(lambda: [[part.render(**one) for part in bare] for one in said])
    return theirs / ours


def measure(app: App, size: Size, taking: Sink) -> dict[str, Any]:
    with app.database.transaction() as tx:
        people = list(values(tx, PEOPLE, at=AT, count=size.people))
        run(tx, sql.SQL("analyze customers.customer"))
    publish(app, TEMPLATE, "letter", BODY)
    smtp = Smtp(name="main", host="localhost", port=taking.port, security="none", at_once=2)
    outgoing = ChannelBody(
        title="Mail", medium="email", providers=[smtp], from_name="Shop", from_address="news@shop.invalid"
    )
    publish(app, CHANNEL, "mail", outgoing)
    alone = sink_alone(taking)
    before = taking.taken
    mail(app, people[:2_000], "warm", "mail")
    took, grown = mail(app, people[: size.mailed], "news", "mail")
    assert taking.taken - before == size.mailed + 2_000, (taking.taken, before)
    loop = plain(app, people[: size.plain], taking.port)
    recorded = people[:RECORDED]
    named = queue(app, "recorded", "recording", recorded)
    publish(app, messaging.SENDING_POLICY, messaging.POLICY_KEY, POLICY)
    recording = timed(lambda: messaging.carry_on(app.database, app.sender, named, at=AT))
    publish(app, messaging.SENDING_POLICY, messaging.POLICY_KEY, QUIET)
    asked = checks(app, people)
    rate, by_loop = size.mailed / took, size.plain / loop
    return {
        "name": "send",
        "ours": rate,
        "reference": by_loop,
        "ratio": rate / by_loop,
        "messages_per_s": rate,
        "checks_per_s": len(people) / asked,
        "checks_s": asked,
        "recording_100k_s": recording * RECORDED / len(recorded),
        "rss_growth_mib": grown,
        "render_ratio": rendering(app, people[:3_000]),
        "sink_alone_per_s": alone,
        "recipients": len(people),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    size = SIZES[parser.parse_args().size]
    with (
        sink() as taking,
        tempfile.TemporaryDirectory() as folder,
        start(Path(folder) / "home") as server,
    ):
        create_database(server.dsn("postgres"), "bench_send")
        with Database(server.dsn("bench_send")) as database:
            migrate(database)
            settings = read_settings(home=Path(folder), outgoing_allow=f"localhost:{taking.port}")
            print(json.dumps(measure(assemble(settings, database), size, taking)))


if __name__ == "__main__":
    main()
