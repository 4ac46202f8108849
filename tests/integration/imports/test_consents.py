"""Consents out of files: with their proof, believed, and never over a suppression."""

from datetime import UTC, datetime

from regulars import access, definitions, messaging
from regulars.messaging import Sender, SourceName
from regulars.templates import TEMPLATE, Template
from tests.integration.imports.office import NOW, Office

CONSENTS = (
    "customer id,email,channel,status,topic,consent date,wording version,purpose,ip,asked at,asked ip\n"
    "1,ann@example.com,email,yes,news,2026-01-02T10:00:00Z,2,advertising,192.0.2.7,2026-01-02T09:00:00Z,192.0.2.6\n"
    "2,bob@example.com,email,no,,2026-01-03T10:00:00Z,,,,,\n"
    "2,bob@example.com,tracking,yes,,,,,,,\n"
    "3,cem@example.com,fax,yes,,,,,,,\n"
)


def test_consents_bring_their_proof_and_count(desk: Office) -> None:
    one = desk.imported("consents.csv", CONSENTS)

    assert (one.what, one.accepted, one.bad) == ("consents", 3, 1)
    found = desk.rows(
        "select channel, topic, given, via, believed, wording_version, purpose, ip, asked_at, asked_ip"
        " from customers.consent order by channel, topic"
    )
    asked = datetime(2026, 1, 2, 9, tzinfo=UTC)
    assert found == [
        ("email", "", False, "import", True, None, None, None, None, None),
        ("email", "news", True, "import", True, "2", "advertising", "192.0.2.7", asked, "192.0.2.6"),
        ("tracking", "", True, "import", True, None, None, None, None, None),
    ]


def test_no_import_writes_to_a_suppressed_address_again(desk: Office) -> None:
    with desk.database.transaction() as tx:
        messaging.suppress(tx, ["Ann@Example.com"], reason="complaint", at=NOW)
    desk.imported(
        "customers.csv", "customer id,email,email opt in\n1,ann@example.com,yes\n4, ANN@example.COM ,yes\n"
    )
    desk.imported("consents.csv", CONSENTS)
    body = Template(title="Hello", subject="Hello", text="Hello {{ unsubscribe_url }}")
    with desk.database.transaction() as tx:
        definitions.save_draft(tx, access.SYSTEM, TEMPLATE, "hello", body, at=NOW)
        definitions.publish(tx, access.SYSTEM, TEMPLATE, "hello", at=NOW)
        name = SourceName(kind="campaign", key="hello", version=1)
        source = messaging.open_source(
            tx, name, channel="recording", template_key="hello", template_version=1, at=NOW
        )
        people = tx.execute(
            "select customer_id from customers.fact_customer where email is not null"
        ).fetchall()
        messaging.enqueue(tx, source, {row[0]: "treated" for row in people}, at=NOW)
    messaging.carry_on(desk.database, Sender(), name, at=NOW)

    assert desk.rows("select state, reason from messaging.send") == [("skipped", "suppressed")] * 2


KLAVIYO = (
    "Email,Klaviyo ID,First Name,Email Marketing Consent,Email Suppressions\n"
    "ann@example.com,01A,Ann,SUBSCRIBED,[]\n"
    "Bob@Example.com,01B,Bob,UNSUBSCRIBED,\"['UNSUBSCRIBED']\"\n"
    "cem@example.com,01C,Cem,NEVER_SUBSCRIBED,\n"
    "dee@,01D,Dee,SUBSCRIBED,HARD_BOUNCE\n"
    " Eve@example.com ,01E,Eve,PERHAPS,\"['USER_SUPPRESSED']\"\n"  # A bad row is not forgotten either.
    "fay@example.com,01F,Fay,PERHAPS,[]\n"
)


def test_an_export_of_klaviyo_brings_its_suppressed_addresses(desk: Office) -> None:
    one = desk.imported("klaviyo.csv", KLAVIYO)

    assert (one.what, one.accepted, one.bad) == ("customers", 3, 3)
    with desk.database.transaction() as tx:
        told = [
            messaging.suppression_of(tx, address)
            for address in [f"{name}@example.com" for name in ("bob", "eve", "ann", "cem", "fay")]
        ]
    assert [found.reason if found else None for found in told] == ["imported", "imported", None, None, None]
    assert desk.rows("select given from customers.consent order by given") == [(False,), (True,)]
