"""Templates: what a review finds, and what is said to one person."""

import msgspec
import pytest

from regulars.templates import Abort, Template, prepared, review

PLAIN = Template(title="Hello", subject="Hello", text="Hello")


def with_text(text, **changes):
    return msgspec.structs.replace(PLAIN, text=text, **changes)


def codes(body):
    return [(finding.path, finding.code) for finding in review(body)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.name | default: 'you' }}",
        "{{ customer.id }}",
        "{% if traits.town %}{{ traits.town }}{% endif %}",
        "{% unless tier %}no tier{% endunless %}",
        "{% for pet in traits.pets %}{{ pet.name }}{% endfor %}",
        "{% assign town = traits.town | default: 'here' %}{{ town }}",
        "{{ customer['name'] | default: 'you' }}",
    ],
)
def test_a_template_that_says_what_it_does_without_a_value_is_clean(text):
    assert codes(with_text(text)) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ customer.name }}", "messaging.no_default"),
        ("{{ traits.town | upcase }}", "messaging.no_default"),
        ("{% if tier %}{{ traits.town }}{% endif %}", "messaging.no_default"),
        ("{{ custmer.name | default: 'you' }}", "messaging.unknown_variable"),
        ("{{ customer.nmae | default: 'you' }}", "messaging.unknown_variable"),
        ("{{ customer.name ", "messaging.liquid"),
        ("{% nosuchtag %}", "messaging.liquid"),
        ("{% abort_message reason %}", "messaging.liquid"),
        (" ", "messaging.no_text"),
    ],
)
def test_a_review_finds_what_would_go_wrong(text, code):
    assert codes(with_text(text)) == [("text", code)]


def test_a_template_that_declares_to_skip_needs_no_default():
    assert codes(with_text("Dear {{ customer.name }}", missing="skip")) == []


def test_findings_stand_at_their_part():
    body = msgspec.structs.replace(PLAIN, subject="{{ customer.name }}", html="<p>{{ tier }}</p>")

    assert codes(body) == [("subject", "messaging.no_default"), ("html", "messaging.no_default")]


def test_html_is_escaped_and_text_is_not():
    body = with_text("{{ traits.town }}", html="<p>{{ traits.town }}</p>")

    said = prepared(body).render({"traits": {"town": "<script>"}})

    assert said.text == "<script>"
    assert said.html == "<p>&lt;script&gt;</p>"


def test_a_subject_cannot_become_another_header():
    body = msgspec.structs.replace(PLAIN, subject="Hi {{ traits.name }}")

    said = prepared(body).render({"traits": {"name": "Ann\r\nBcc: all@example.invalid\x00"}})

    assert said.subject == "Hi Ann Bcc: all@example.invalid"


def test_a_missing_variable_is_blank_or_keeps_the_message_back_as_declared():
    text = "Dear {{ traits.name }}!"

    assert prepared(with_text(text)).render({"traits": {}}).text == "Dear !"
    with pytest.raises(Abort, match="missing_variable"):
        prepared(with_text(text, missing="skip")).render({"traits": {}})


def test_asking_for_a_missing_variable_is_not_printing_it():
    text = "{% if traits.name %}{{ traits.name }}{% else %}you{% endif %}{{ tier | default: '-' }}"

    assert prepared(with_text(text, missing="skip")).render({"traits": {}}).text == "you-"


def test_abort_message_gives_its_reason():
    with pytest.raises(Abort, match="aborted: not today"):
        prepared(with_text("{% abort_message 'not today' %}")).render({})


def test_a_template_that_would_loop_for_ever_is_stopped():
    body = with_text("{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}")

    with pytest.raises(Abort, match="template_error"):
        prepared(body).render({})


def test_a_template_is_parsed_once():
    assert prepared(PLAIN) is prepared(msgspec.structs.replace(PLAIN))


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..100000000) %}{% endfor %}",
        "{% assign all = (1..100000000) | join: 'x' %}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | replace: 'a', x %}" * 9,
        "{% assign x = 'aaaaaaaaaa' %}" + "{% capture x %}{{ x }}{{ x }}{% endcapture %}" * 40,
        "{% assign x = 99999999999 %}" + "{% assign x = x | times: x %}" * 40,
        "{{ traits.list | sum }}",
        "{{ traits.bytes | base64_decode }}",
        "{{ traits.endless | floor }}",
        "{{ traits.long }}",
    ],
)
def test_what_cannot_be_worked_out_for_one_person_keeps_only_theirs_back(text):
    odd = {"list": [1, "a"], "bytes": "////", "endless": "1e999", "long": 10**5000}

    with pytest.raises(Abort, match="template_error"):
        prepared(with_text(text)).render({"traits": odd})


@pytest.mark.parametrize("text", ["{{" * 2_000 + "x" * 190_000, "{% raw %}" * 9_000, "x" * 5_000_000])
def test_a_text_that_would_be_read_for_minutes_is_refused_at_once(text):
    assert codes(with_text(text)) == [("text", "messaging.liquid")]


def test_what_is_said_can_be_stored_whatever_a_filter_decodes():
    said = prepared(with_text("{{ traits.code | url_decode }}!")).render({"traits": {"code": "a%00b"}})

    assert said.text == "ab!"


def test_a_subject_keeps_the_joiners_of_its_script_and_loses_line_breaks_and_overrides():
    subject = "{{ traits.word }}"
    body = msgspec.structs.replace(PLAIN, subject=subject)

    said = prepared(body).render({"traits": {"word": "می\u200cخواهم\r\nBcc: x\u2028\u202eyz"}})

    assert said.subject == "می\u200cخواهم Bcc: x yz"
