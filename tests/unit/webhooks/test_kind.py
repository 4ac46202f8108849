"""What a webhook may say, and what is found wrong with it."""

from typing import Any

import pytest

from regulars.webhooks import POINTS, WEBHOOK, WebhookBody
from regulars.webhooks.retrying import REST_MAX, SCHEDULE, rest_until
from tests.unit.webhooks.lately import NOW


def found(**body: Any) -> list[str]:
    whole = {"title": "Shop", "url": "https://shop.example/hooks", "events": ["Order Completed"], **body}
    return [one.path for one in WEBHOOK.validate(WebhookBody(**whole), None)]  # type: ignore[arg-type]


def test_the_ready_made_one_and_a_plain_one_are_right() -> None:
    assert WEBHOOK.validate(POINTS, None) == [] == found()  # type: ignore[arg-type]
    assert WEBHOOK.sentence(POINTS) == "Tells shop.example of regulars.loyalty.*"
    assert found(url="http://10.0.0.5:9000/x?y=1", contacts=True) == []
    assert found(events=["*", "regulars.loyalty.*", "Order Completed"], headers={"X-Stage": "live"}) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"title": " "}, "title"),
        ({"url": ""}, "url"),
        ({"url": "ftp://x.example/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://a:b@x.example/"}, "url"),
        ({"url": "https://x.example/#a"}, "url"),
        ({"url": "https://x.example:99999/"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://x.example/a b"}, "url"),
        ({"url": "https://x.example/\r\nhost: y"}, "url"),
        ({"url": "http://x.example/", "contacts": True}, "url"),
        ({"events": []}, "events"),
        ({"events": ["a"] * 51}, "events"),
        ({"events": ["Order Completed", "Order*"]}, "events[1]"),
        ({"events": [""]}, "events[0]"),
        ({"events": ["a.*.b"]}, "events[0]"),
        ({"sources": [""]}, "sources"),
        ({"properties": ["x" * 201]}, "properties"),
        ({"headers": {"Authorization": "Bearer x"}}, "headers.Authorization"),
        ({"headers": {"Webhook-Id": "x"}}, "headers.Webhook-Id"),
        ({"headers": {"Content-Length": "1"}}, "headers.Content-Length"),
        ({"headers": {"X-A": "a\r\nb: c"}}, "headers.X-A"),
        ({"headers": {"X A": "a"}}, "headers.X A"),
        ({"rate": 0}, "rate"),
        ({"timeout_s": 31}, "timeout_s"),
        ({"at_once": 17}, "at_once"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(body: dict[str, Any], path: str) -> None:
    assert found(**body) == [path]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("999999999999999999", REST_MAX.total_seconds()),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2020 12:01:00 GMT", None),
        ("Sun, 01 Mar 2099 12:01:00 GMT", REST_MAX.total_seconds()),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("²", None),
    ],
)
def test_a_pause_is_read_in_either_form(asked: str, seconds: float | None) -> None:
    until = rest_until(asked, NOW)
    assert (until and (until - NOW).total_seconds()) == seconds


def test_the_schedule_spans_three_days() -> None:
    assert len(SCHEDULE) == 10 and sum(pause.total_seconds() for pause in SCHEDULE) == 272_105
