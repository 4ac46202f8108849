"""What a request cannot be taken for: the field, what was asked, and what was found."""


def test_each_finding_says_what_was_found_shortened_and_keeps_secrets(ask):
    wrong = {"code": "A", "customer": 12, "store": 7}
    answer = ask("low", "POST", "/vouchers/checks", json=wrong)
    told = {one["path"]: one["message"] for one in answer.json()["findings"]}
    assert answer.status_code == 422
    assert told["customer"].endswith("; found 12.")
    assert told["store"].endswith("; found 7.")

    long = ask("loyalty", "GET", "/customers", params={"limit": "abc" * 70}).json()["findings"]
    assert [one["path"] for one in long] == ["limit"]
    assert "…" in long[0]["message"]
    assert len(long[0]["message"]) < 160

    missing = ask("low", "POST", "/vouchers/checks", json={"amount_minor": -1}).json()["findings"]
    words = {one["path"]: one["message"] for one in missing}
    assert words["code"] == "Field required: it was not sent."
    assert words["amount_minor"].endswith("; found -1.")
    secret = ask("low", "POST", "/vouchers/checks", json={"code": 4711_0815}).json()["findings"]
    assert "4711" not in secret[0]["message"]
