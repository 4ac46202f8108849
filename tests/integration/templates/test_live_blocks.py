"""Blocks and the brand as definitions: what uses them, what a change does, and that none goes unnoticed."""

from datetime import UTC, datetime

import msgspec
import pytest

from regulars import access, definitions
from regulars.kernel import Invalid
from regulars.templates import (
    BLOCK,
    BLOCKS,
    BRAND,
    BRAND_KEY,
    BRAND_START,
    TEMPLATE,
    TEMPLATES,
    Abort,
    Block,
    Template,
    prepared_for,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = Template(
    title="Hello", subject="Hello", text="", html='<p>Hi {{ tier }}</p>{% render "footer" %}', missing="skip"
)
GIVEN = {"tier": "Gold", "unsubscribe_url": "https://us.example/u", "preferences_url": "https://us.example/p"}


def publish(tx, kind, key, body):
    found = definitions.live(tx, kind, key)
    etag = found.etag if found else None
    definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=AT, etag=etag)
    return definitions.publish(tx, access.SYSTEM, kind, key, at=AT)


def test_a_block_and_a_brand_hold_from_the_next_message_on_and_none_goes_unnoticed(database):
    with database.transaction() as tx:
        with pytest.raises(Invalid) as caught:
            publish(tx, TEMPLATE, "hello", LETTER)
        assert {one.code for one in caught.value.findings} == {"messaging.block", "definitions.not_live"}

    with database.transaction() as tx:
        publish(tx, BLOCK, "footer", BLOCKS["footer"])
        definitions.publish(tx, access.SYSTEM, TEMPLATE, "hello", at=AT)
        first = prepared_for(tx, LETTER)
        assert "Our company" in first.render(GIVEN).html
        assert prepared_for(tx, LETTER) is first
        publish(tx, BRAND, BRAND_KEY, BRAND_START)
        assert "1 Market Street" in prepared_for(tx, LETTER).render(GIVEN).text
        draft = msgspec.structs.replace(BLOCKS["footer"], html="<p>{{ unsubscribe_url }} anew</p>")
        live = definitions.live(tx, BLOCK, "footer")
        definitions.save_draft(tx, access.SYSTEM, BLOCK, "footer", draft, at=AT, etag=live.etag)
        shown = definitions.preview(tx, BLOCK, definitions.draft(tx, BLOCK, "footer"), AT)
        assert shown.facts == (("Used by", "“Hello”"),)
        assert "next message" in shown.warnings[0]
        definitions.publish(tx, access.SYSTEM, BLOCK, "footer", at=AT)
        assert "anew" in prepared_for(tx, LETTER).render(GIVEN).html
        with pytest.raises(definitions.InUse):
            definitions.archive(tx, access.SYSTEM, BLOCK, "footer", at=AT)


def test_a_block_that_breaks_a_template_keeps_its_messages_back_with_the_reason(database):
    with database.transaction() as tx:
        publish(tx, BLOCK, "footer", BLOCKS["footer"])
        publish(tx, TEMPLATE, "hello", LETTER)
        publish(tx, BLOCK, "footer", Block(title="Footer", html="{% if tier %}"))

        with pytest.raises(Abort, match="template_error: .*if"):
            prepared_for(tx, LETTER).render(GIVEN)


def test_the_ready_made_ones_are_published_as_they_are_and_warnings_stand_in_the_preview(database):
    with database.transaction() as tx:
        pale = msgspec.structs.replace(
            TEMPLATES["welcome"], mjml=None, html="<p style='color:#bbb'>Hi {{ unsubscribe_url }}</p>"
        )
        for key, body in TEMPLATES.items():
            publish(tx, TEMPLATE, key, body)
        definitions.save_draft(tx, access.SYSTEM, TEMPLATE, "pale", pale, at=AT)
        shown = definitions.preview(tx, TEMPLATE, definitions.draft(tx, TEMPLATE, "pale"), AT)

    assert len(shown.warnings) == 1
    assert shown.warnings[0].startswith("html, line 1: “Hi …” is hard to read")
