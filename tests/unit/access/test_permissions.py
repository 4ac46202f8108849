"""Every action by level, function, scope, amount and solo against what was written down by hand."""

import itertools
from pathlib import Path

import pytest

from regulars.access import (
    FUNCTIONS,
    LEVELS,
    PERMISSIONS,
    SYSTEM,
    Actor,
    NeedsApproval,
    NotAllowed,
    UnknownAction,
    allows,
    level_words,
    permission_for,
    permissions_page,
    require,
)
from regulars.access.permissions import BY_KIND

HERE = Path(__file__).parent
LETTERS = {
    "m": "marketing",
    "l": "loyalty",
    "a": "analysis",
    "s": "service_agent",
    "c": "cashier",
    "f": "finance",
    "p": "privacy",
    "e": "engineering",
    "d": "administration",
}
SCOPES = [
    (mine, its, mine is None or mine == its)
    for mine, its in itertools.product([None, "north"], [None, "north", "south"])
]


def table(name):
    lines = (HERE / name).read_text().splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


EXPECTED = table("expected.txt")
AMOUNTS = table("expected_amounts.txt")


def actor(level=4, function="marketing", scope=None, **changed):
    plain = {"person_id": 1, "name": "Ann", "via": "console"}
    return Actor(level=level, function=function, scope=scope, **(plain | changed))


def sign(decision):
    if decision.outcome == "yes":
        return "a" if decision.assisted else "y"
    return {"request": "r", "no": "n"}[decision.outcome]


def test_the_expectation_names_every_action_once():
    assert sorted(line[0] for line in EXPECTED) == sorted(PERMISSIONS)
    assert set(LETTERS.values()) == set(FUNCTIONS)


@pytest.mark.parametrize(("action", "functions", "levels", "elsewhere", "solo"), EXPECTED)
def test_every_level_function_and_scope_is_judged_as_written(action, functions, levels, elsewhere, solo):
    named = {LETTERS[letter] for letter in functions}
    wrong = []

    for level, function, (mine, its, covered) in itertools.product(LEVELS, FUNCTIONS, SCOPES):
        by_level = levels if covered or elsewhere == "=" else elsewhere
        expected = by_level[level - 1] if function in named else "n"
        found = sign(allows(actor(level, function, mine), action, scope=its))
        if found != expected:
            wrong.append((level, function, mine, its, expected, found))

    assert wrong == []


@pytest.mark.parametrize(("action", "functions", "levels", "elsewhere", "solo"), EXPECTED)
def test_solo_asks_only_for_the_second_look(action, functions, levels, elsewhere, solo):
    everybody = itertools.product(LEVELS, FUNCTIONS, SCOPES, [None, 10**9])

    found = {
        sign(allows(actor(level, function, mine), action, scope=its, amount=amount, solo=True))
        for level, function, (mine, its, _), amount in everybody
    }

    assert found == {solo}


@pytest.mark.parametrize(("action", "amount", "inside", "outside"), AMOUNTS)
def test_amounts_are_judged_as_written(action, amount, inside, outside):
    wrong = []

    for level, (mine, its, covered) in itertools.product(LEVELS, SCOPES):
        decision = allows(actor(level, "loyalty", mine), action, scope=its, amount=int(amount))
        found = str(decision.people_needed) if decision.outcome == "request" else sign(decision)
        expected = (inside if covered else outside)[level - 1]
        if found != expected:
            wrong.append((level, mine, its, expected, found))

    assert wrong == []


@pytest.mark.parametrize("action", PERMISSIONS)
def test_every_reason_is_a_sentence_that_names_no_bare_number(action):
    everybody = itertools.product(LEVELS, [*FUNCTIONS], SCOPES, [False, True])

    for level, function, (mine, its, _), solo in everybody:
        reason = allows(actor(level, function, mine), action, scope=its, solo=solo).reason
        assert reason.endswith(".")
        assert reason[0].isupper()
        assert not [letter for letter in reason if letter.isdigit()] or PERMISSIONS[action].two_people_above


@pytest.mark.parametrize(
    ("who", "action", "asked", "reason"),
    [
        (
            actor(3),
            "campaigns.launch",
            {},
            "To launch campaigns takes somebody who enables; you apply. You can ask for it.",
        ),
        (
            actor(5, "analysis"),
            "campaigns.launch",
            {},
            "Only marketing and loyalty may launch campaigns; you work in analysis.",
        ),
        (
            actor(4, scope="north"),
            "campaigns.launch",
            {"scope": "south"},
            (
                "To launch campaigns outside north takes somebody whose scope is not north alone. "
                "You can ask for it."
            ),
        ),
        (
            actor(4, "loyalty"),
            "loyalty.adjust",
            {"amount": 6000},
            (
                "You may adjust balances by hand up to 5,000; more takes somebody who ensures and advises. "
                "You can ask for it."
            ),
        ),
        (
            actor(3, "loyalty"),
            "loyalty.adjust",
            {"amount": 60000},
            (
                "To adjust balances by hand by more than 50,000 takes two people, whatever their level. "
                "You can ask for it; 2 people decide."
            ),
        ),
        (
            actor(2),
            "campaigns.draft",
            {},
            "You assist: you may draft campaigns under the eye of somebody who applies, who takes it on.",
        ),
        (
            actor(5),
            "policies.direct",
            {},
            (
                "To direct policies takes somebody who initiates and influences; you ensure and advise. "
                "You can ask for it."
            ),
        ),
        (
            actor(7, "administration", solo=True),
            "campaigns.launch",
            {},
            "To launch campaigns cannot be undone: look a second time, then say yes.",
        ),
    ],
)
def test_a_reason_says_what_it_takes_in_words(who, action, asked, reason):
    assert allows(who, action, **asked).reason == reason


@pytest.mark.parametrize("action", PERMISSIONS)
def test_the_product_itself_does_what_people_decided(action):
    assert allows(SYSTEM, action, scope="north", amount=10**9).outcome == "yes"


def test_a_key_never_gains_from_solo():
    till = actor(3, "cashier", via="key_1")

    assert allows(till, "campaigns.launch", solo=True).outcome == "no"
    assert allows(till, "people.manage", solo=True).outcome == "no"


def test_an_actor_carries_whether_the_workspace_is_solo():
    assert allows(actor(1, "cashier", solo=True), "people.manage").outcome == "yes"


@pytest.mark.parametrize(("verb_and_kind", "action"), BY_KIND.items())
def test_a_kind_of_definition_is_judged_by_its_own_row(verb_and_kind, action):
    verb, kind = verb_and_kind

    assert permission_for(f"definitions.{verb}", kind).action == action


def test_a_kind_without_a_row_is_judged_as_definitions_at_large():
    assert permission_for("definitions.publish", "metric").action == "definitions.publish"
    assert permission_for("definitions.archive", "campaign").action == "definitions.archive"


def test_an_unknown_action_is_our_fault():
    with pytest.raises(UnknownAction, match=r"campaigns\.fly"):
        allows(actor(), "campaigns.fly")


def test_require_passes_asks_or_refuses():
    assert require(actor(1), "campaigns.draft").assisted
    with pytest.raises(NeedsApproval) as asked:
        require(actor(3), "campaigns.launch")
    assert asked.value.decision.needed_level == 4
    with pytest.raises(NotAllowed, match="somebody who enables"):
        require(actor(2), "campaigns.launch")


def test_levels_rise_and_are_named():
    assert list(LEVELS) == [1, 2, 3, 4, 5, 6, 7]
    assert level_words(4) == "enables"
    for row in PERMISSIONS.values():
        assert [level for level, _ in row.limits] == sorted({level for level, _ in row.limits})
        assert [most for _, most in row.limits] == sorted(most for _, most in row.limits)


def test_the_reference_page_is_in_step():
    page = Path(__file__).parents[3] / "docs" / "reference" / "permissions.md"

    assert page.read_text(encoding="utf-8") == permissions_page(), (
        "Write it anew: .venv/bin/python -c 'import regulars.access as a; print(a.permissions_page(), end=\"\")' "
        "> docs/reference/permissions.md"
    )
