"""Who is one person, as a pure function of evidence."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.customers.people import ATOMS_MAX, SHARERS_MAX, Atom, Claim, Decision, people, settled

AT = datetime(2025, 3, 1, tzinfo=UTC)


def user(number: int, value: str = "") -> Atom:
    return Atom(atom_id=number, kind="user_id", value=value or f"u{number}")


def visitor(number: int, value: str = "") -> Atom:
    return Atom(atom_id=number, kind="anonymous_id", value=value or f"a{number}")


def seen(atom: Atom, kind: str, value: str, minute: int = 0) -> Claim:
    return Claim(atom_id=atom.atom_id, kind=kind, value=value, at=AT + timedelta(minutes=minute))


def same(one: Atom, other: Atom) -> Decision:
    return Decision(one=one.atom_id, other=other.atom_id, same=True)


def different(one: Atom, other: Atom) -> Decision:
    return Decision(one=one.atom_id, other=other.atom_id, same=False)


def test_an_anonymous_visitor_becomes_the_user_it_was_seen_with() -> None:
    ann, browser = user(2), visitor(1)

    assert people([browser, ann], [seen(ann, "anonymous_id", "a1")], []) == {1: 2, 2: 2}


def test_a_shared_browser_belongs_to_its_first_user_and_joins_nobody() -> None:
    ann, ben, browser = user(1), user(2), visitor(3)
    claims = [seen(ben, "anonymous_id", "a3", 5), seen(ann, "anonymous_id", "a3", 1)]

    assert people([ann, ben, browser], claims, []) == {1: 1, 2: 2, 3: 1}


def test_a_card_makes_its_bearers_one_person() -> None:
    ann, anna, other = user(1), user(2), user(3)
    claims = [seen(ann, "card", "42"), seen(anna, "card", "42"), seen(other, "card", "43")]

    assert people([ann, anna, other], claims, []) == {1: 1, 2: 1, 3: 3}


def test_a_card_on_an_anonymous_visitor_never_joins_two_known_people() -> None:
    ann, ben, browser = user(1), user(2), visitor(3)
    claims = [seen(ann, "anonymous_id", "a3", 9), seen(browser, "card", "42", 2), seen(ben, "card", "42", 1)]

    assert people([ann, ben, browser], claims, []) == {1: 1, 2: 2, 3: 2}


def test_an_alias_joins_the_former_user_id_only_if_it_is_one() -> None:
    ann, anna, ben = user(1, "ann"), user(2, "anna"), user(3, "ben")
    former = [seen(ann, "user_id", "anna"), seen(ann, "user_id", "nobody"), seen(ben, "user_id", "nobody")]

    assert people([ann, anna, ben], former, []) == {1: 1, 2: 1, 3: 3}


def test_a_decision_wins_over_rules_both_ways() -> None:
    ann, ben, cy = user(1), user(2), user(3)
    claims = [seen(ann, "card", "42"), seen(ben, "card", "42")]

    assert people([ann, ben, cy], claims, [different(ann, ben), same(ben, cy)]) == {1: 1, 2: 2, 3: 2}


def test_what_is_apart_stays_apart_through_a_third() -> None:
    ann, ben, cy = user(1), user(2), user(3)
    claims = [
        seen(ann, "card", "42"),
        seen(cy, "card", "42", 1),
        seen(ben, "card", "43"),
        seen(cy, "card", "43", 2),
    ]

    found = people([ann, ben, cy], claims, [different(ann, ben)])

    assert found[1] != found[2]
    assert found[3] == found[1]


def test_an_identifier_of_too_many_identifies_nobody() -> None:
    crowd = [user(n) for n in range(1, SHARERS_MAX + 2)]
    claims = [seen(one, "card", "42") for one in crowd]

    assert set(people(crowd[:-1], claims[:-1], []).values()) == {1}
    assert people(crowd, claims, []) == {one.atom_id: one.atom_id for one in crowd}


def test_what_is_too_wide_is_merged_by_no_rule_but_keeps_its_browsers() -> None:
    chain = [user(n) for n in range(1, ATOMS_MAX + 2)]
    browser = visitor(9999, "phone")
    links = [seen(one, "card", f"{n}") for n, one in enumerate(chain)]
    links += [seen(one, "card", f"{n + 1}") for n, one in enumerate(chain[:-1])]
    links.append(seen(chain[0], "anonymous_id", "phone"))

    found = settled([*chain, browser], links, [same(chain[0], chain[1])])

    assert [len(group) for group in found.too_wide] == [ATOMS_MAX + 1]
    assert (found.survivors[1], found.survivors[2], found.survivors[3], found.survivors[9999]) == (1, 1, 3, 1)


def test_the_survivor_is_the_smallest_known_customer() -> None:
    browser, ann, anna = visitor(1), user(5), user(3)
    claims = [seen(ann, "card", "42"), seen(anna, "card", "42"), seen(ann, "anonymous_id", "a1")]

    assert set(people([browser, ann, anna], claims, []).values()) == {3}


@st.composite
def evidence(draw: st.DrawFn) -> tuple[list[Atom], list[Claim], list[Decision]]:
    users = [user(n) for n in range(1, draw(st.integers(1, 6)) + 1)]
    visitors = [visitor(n) for n in range(10, 10 + draw(st.integers(0, 5)))]
    atoms = [*users, *visitors]
    claim = st.one_of(
        st.tuples(st.sampled_from(atoms), st.just("card"), st.sampled_from(["c1", "c2", "c3"])),
        st.tuples(
            st.sampled_from(users), st.just("anonymous_id"), st.sampled_from([f"a{n}" for n in range(10, 16)])
        ),
        st.tuples(
            st.sampled_from(users), st.just("user_id"), st.sampled_from([f"u{n}" for n in range(1, 8)])
        ),
    )
    drawn = draw(st.lists(claim, max_size=14, unique=True))
    minutes = draw(st.lists(st.integers(0, 3), min_size=len(drawn), max_size=len(drawn)))
    claims = [seen(*one, minute=m) for one, m in zip(drawn, minutes, strict=True)]
    pairs = draw(
        st.lists(st.tuples(st.sampled_from(atoms), st.sampled_from(atoms), st.booleans()), max_size=4)
    )
    decisions = {
        (min(a.atom_id, b.atom_id), max(a.atom_id, b.atom_id)): sign for a, b, sign in pairs if a is not b
    }
    return atoms, claims, [Decision(one=a, other=b, same=sign) for (a, b), sign in decisions.items()]


def parts(survivors: dict[int, int], names: dict[int, str]) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for atom_id, survivor in survivors.items():
        found.setdefault(survivor, set()).add(names[atom_id])
    return {frozenset(one) for one in found.values()}


@settings(max_examples=1000, deadline=None)
@given(drawn=evidence(), chance=st.randoms(use_true_random=False))
def test_any_order_and_any_numbering_of_the_same_evidence_give_one_result(drawn, chance) -> None:  # type: ignore[no-untyped-def]
    atoms, claims, decisions = drawn
    first = people(atoms, claims, decisions)

    numbers = [atom.atom_id for atom in atoms]
    shuffled = numbers[:]
    chance.shuffle(shuffled)
    as_new = dict(zip(numbers, shuffled, strict=True))
    others = [Atom(atom_id=as_new[a.atom_id], kind=a.kind, value=a.value) for a in atoms]
    told = [Claim(atom_id=as_new[c.atom_id], kind=c.kind, value=c.value, at=c.at) for c in claims]
    ruled = [Decision(one=as_new[d.other], other=as_new[d.one], same=d.same) for d in decisions]
    for one in (others, told, ruled):
        chance.shuffle(one)
    second = people(others, told, ruled)

    names = {a.atom_id: a.value for a in atoms}
    new_names = {as_new[n]: name for n, name in names.items()}
    assert parts(first, names) == parts(second, new_names)


@settings(max_examples=500, deadline=None)
@given(drawn=evidence())
def test_no_decision_is_broken_and_no_visitor_joins_two_known_people(drawn) -> None:  # type: ignore[no-untyped-def]
    atoms, claims, decisions = drawn
    survivors = people(atoms, claims, decisions)

    for decision in decisions:
        if not decision.same:
            assert survivors[decision.one] != survivors[decision.other]
    without = people(
        [a for a in atoms if a.known], [c for c in claims if c.kind != "anonymous_id"], decisions
    )
    if not any(d.same for d in decisions):
        known = [a.atom_id for a in atoms if a.known]
        assert all((survivors[a] == survivors[b]) <= (without[a] == without[b]) for a in known for b in known)
    assert all(survivors[s] == s for s in survivors.values())
