"""Strangers at the addresses that need no session: turned away, led nowhere, without a fault of ours."""

import pytest

STRANGE = [
    ("POST", "/v1/bounces/none%00", 404),
    ("POST", "/v1/bounces/none", 404),
    ("POST", "/ch/none%00/texts/main", 404),
    ("POST", "/ch/none/texts/%00/status?message=msg_%00", 404),
    ("GET", "/f/none%00", 404),
    ("GET", "/p/%00/unsubscribe", 404),
    ("GET", f"/c/{'A' * 36}?to=https://evil.example", 404),
    ("GET", "/c//evil.example", 404),
    ("GET", "/c/%0d%0aLocation:%20https://evil.example", 404),
    ("GET", f"/o/{'A' * 36}.gif", 404),
    ("GET", f"/v/{'A' * 36}", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), STRANGE)
def test_a_stranger_is_turned_away(client, method, path, status):
    answer = client.request(method, path, content=b"{}" if method == "POST" else None, follow_redirects=False)
    assert (answer.status_code, "location" in answer.headers) == (status, False), answer.text
    assert "set-cookie" not in answer.headers


def test_a_till_makes_no_keys_for_mail(ask):
    assert ask("low", "POST", "/deliverability/domains/shop.example/keys", json={}).status_code == 403
