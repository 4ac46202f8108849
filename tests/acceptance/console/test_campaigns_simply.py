"""From a draft to the log in a browser: the final sheet, a send as it happens, and why each message is as it is."""

import re

from playwright.sync_api import expect

from regulars.kernel import public_id
from tests.acceptance.console.seeing import looks_right

pytest_plugins = ("tests.acceptance.console.grocer",)
LETTER = "/campaigns/an-autumn-letter"


def test_a_letter_goes_from_its_sheet_to_the_log(desk, grocer) -> None:
    page = desk("marta")
    page.goto("/campaigns/new")
    page.fill("#f-title", "An autumn letter")
    page.fill("#f-purpose", "See whether a letter in autumn helps.")
    page.select_option("#f-segment", "lapsed")
    page.select_option("#f-template", "we-miss-you")
    page.fill("#f-held_out_percent", "20")
    page.click("text=Who is left out, priority and caps")
    page.fill("#f-priority", "70")
    page.click("text=Save the draft")
    expect(page.locator("main")).to_contain_text("What would happen if it were launched now")

    page.goto(f"{LETTER}/launch")
    main = page.locator("main")
    expect(main).to_contain_text("How it reads")
    expect(main.locator(".sample")).to_have_count(3)
    expect(main).to_contain_text("The holdout costs")
    looks_right(page, f"{LETTER}/launch", 390, "dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{LETTER}/launch")
    page.get_by_role("button", name=re.compile(r"^Send to \d+ people")).click()

    expect(page.locator("#moving")).to_contain_text("nothing has moved in the last minute")
    page.fill("#f-why", "A wrong price")
    page.click("text=Pause it")
    expect(page.locator("#moving")).to_contain_text("Paused: A wrong price")
    page.click("text=Let it go on")
    expect(page.locator("h1")).to_contain_text("Sending")
    with grocer.app.database.transaction() as tx:
        at = grocer.app.now(tx)
    grocer.app.send(at)
    expect(page.locator("#moving")).to_contain_text("Everybody has been decided on")

    looks_right(page, LETTER, 1440, "light")
    page.goto("/messages?source=campaign:an-autumn-letter&state=sent")
    page.locator("[data-drawer]").first.click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Is it a quiet hour?")
    expect(drawer).to_contain_text("Put into the ledger")
    expect(drawer.locator("iframe")).to_have_count(2)
    href = page.locator("[data-drawer]").first.get_attribute("href")
    looks_right(page, href, 390, "light")
    looks_right(page, "/messages", 1440, "dark")
    page.goto("/messages?q=nobody-at-all")
    expect(page.locator("#results")).to_contain_text("Nobody fits")

    page.goto(LETTER)
    page.locator(".page-do summary").click()
    page.click("text=Send again to who did not click")
    expect(page.locator("main")).to_contain_text("Who was held out stays held out")
    answer = page.request.get(f"{LETTER}/results.csv")
    assert answer.text().startswith("figure,people,rate")


def test_one_begins_ready_made_and_a_failed_message_goes_again(desk, grocer) -> None:
    page = desk("marta")
    page.goto("/campaigns/new")
    looks_right(page, "/campaigns/new", 390, "light")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/campaigns/new")
    page.get_by_role("link", name=re.compile("^Birthday")).click()
    main = page.locator("main")
    expect(main).to_contain_text("The message “birthday” is not live yet")
    expect(page.locator("#f-segment")).to_have_value("*")
    expect(page.locator("#means")).to_contain_text("Everybody who has an anniversary of their birthday")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("h1")).to_contain_text("Birthday")

    with grocer.app.database.transaction() as tx:
        failed = "update messaging.send set state = 'failed', reason = 'refused' where send_id = "
        number = tx.execute(
            failed + "(select min(send_id) from messaging.send where state = 'sent') returning send_id"
        ).fetchone()[0]
    href = f"/messages/{public_id('msg', number)}"
    looks_right(page, href, 1440, "light")
    page.goto(href)
    page.fill("#f-why", "The quota was raised")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("body")).to_contain_text("It waits again")
    expect(page.get_by_role("button", name="Send it again")).to_have_count(0)

    with grocer.app.database.transaction() as tx:
        tx.execute(failed + "any(select send_id from messaging.send where state = 'sent' order by 1 limit 2)")
    log = "/messages?source=campaign:win-back&state=failed"
    looks_right(page, log, 390, "dark")
    page.goto("/campaigns/win-back")
    expect(page.locator("#failed")).to_contain_text("2 messages failed")
    page.get_by_role("link", name="Look at them").click()
    page.fill("#f-why", "The quota was raised")
    page.get_by_role("button", name="Try all 2 again").click()
    expect(page.locator("#said")).to_contain_text("2 messages wait again")
    expect(page.locator("#failed")).to_have_count(0)


def test_whom_it_goes_to_is_built_from_rows_by_keyboard_and_comes_back_as_it_was_saved(desk) -> None:
    page = desk("marta")
    page.goto("/campaigns/new")
    page.fill("#f-title", "Who bought twice")
    page.fill("#f-purpose", "See whether the builder says whom.")
    page.select_option("#f-segment", "*")
    expect(page.locator("#rows")).to_contain_text("nothing is asked yet, so it is everybody")
    expect(page.locator("#f-title")).to_have_value("Who bought twice")
    added = page.locator("[id='add-condition']")
    added.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Trait is a value").focus()
    page.keyboard.press("Enter")
    trait = page.locator("[id='f-condition.conditions[0].trait']")
    expect(trait).to_be_focused()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".wrong-list")).to_contain_text("Trait: still to be filled in")
    expect(page.locator(".wrong-list")).to_contain_text("Choose what is said.")

    suggested = f"#{trait.get_attribute('list')} option[value=name]"
    expect(page.locator(suggested)).to_have_count(1)
    trait.fill("name")
    page.locator("[id='f-condition.conditions[0].value']").fill("Household 3")
    page.select_option("#f-template", "we-miss-you")
    expect(page.locator("#means")).to_contain_text("to everybody whose name is “Household 3”, hold out 10%")
    expect(page.locator("#size .audience-count")).to_have_text("1 customer")
    page.locator("#add-condition").click()
    page.get_by_role("button", name="How often they bought").click()
    expect(page.locator("#means")).to_contain_text("and bought")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#means")).not_to_contain_text("and bought")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#said")).to_contain_text("The draft is saved")
    expect(page.locator("main")).to_contain_text("everybody whose name is “Household 3”")

    looks_right(page, "/campaigns/who-bought-twice/edit", 390, "dark")
    looks_right(page, "/campaigns/who-bought-twice/edit", 1440, "light")
    value = page.locator("[id='f-condition.conditions[0].value']")
    expect(value).to_have_value("Household 3")
    value.fill("Household 4")
    expect(page.locator("#means")).to_contain_text("“Household 4”")
    page.select_option("#f-segment", "lapsed")
    expect(page.locator("#means")).to_contain_text("everybody in “lapsed”")
    page.select_option("#f-segment", "*")
    expect(value).to_have_value("Household 4")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#said")).to_contain_text("The draft is saved")
    expect(page.locator("main")).to_contain_text("everybody whose name is “Household 4”")
