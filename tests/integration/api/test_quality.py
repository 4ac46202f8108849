"""Data quality over the API: figures by day and source, rules, and the customers concerned."""

from regulars import access, customers, definitions


def test_quality_is_told_with_rules_and_the_customers_concerned(shop, ask) -> None:
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        body = {
            "name": "Cities",
            "trait": "city",
            "measure": "completeness",
            "at_least": 0.5,
            "owner": "marketing@shop.example",
        }
        definitions.save_draft(tx, access.SYSTEM, customers.QUALITY_RULE, "cities", body, at=at)
        definitions.publish(tx, access.SYSTEM, customers.QUALITY_RULE, "cities", at=at)

    figures = ask("marketing", "GET", "/quality/figures?trait=email&source=shop&since=2025-01-01").json()
    newest = figures["items"][-1]
    assert (newest["customers"], newest["of_whom"], newest["completeness"]) == (24, 24, 1.0)
    [rule] = ask("marketing", "GET", "/quality/rules").json()["items"]
    assert (rule["key"], rule["kept"], rule["concerned"], rule["share"]) == ("cities", False, 24, 0.0)
    assert "At least 50% of all customers have the trait city" in rule["sentence"]

    path = "/quality/customers?trait=city&measure=completeness&limit=20"
    first = ask("marketing", "GET", path).json()
    rest = ask("marketing", "GET", f"{path}&cursor={first['next']}").json()
    seen = [one["id"] for page in (first, rest) for one in page["items"]]
    assert len(seen) == 24
    assert set(seen) == set(shop.customers)
    assert first["items"][0]["email"].startswith("c…@")  # Masked: marketing sees no contacts.
    assert ask("marketing", "GET", "/quality/customers?trait=city&measure=beauty").status_code == 422
