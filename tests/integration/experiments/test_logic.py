"""Arms stay once given; kept comparisons come back with the same figures."""

from datetime import UTC, datetime

from regulars.experiments import Arm, Sums, arms_of, assign, readouts, save_readout

AT = datetime(2025, 3, 1, tzinfo=UTC)


def halves(held_out):
    return [Arm(name="held_out", share=held_out), Arm(name="treated", share=10_000 - held_out)]


def test_assignment_is_logged_and_sticky_when_the_shares_change(tx):
    people = list(range(1, 501))

    first = assign(tx, "spring", people, salt="spring", arms=halves(3000), at=AT)
    again = assign(tx, "spring", [*people, 501], salt="spring", arms=halves(9000), at=AT)

    assert first == dict(zip(people, arms_of("spring", people, halves(3000)), strict=True))
    assert {person: again[person] for person in people} == first
    assert 501 in again


def test_readout_comes_back_with_its_label_note_and_figures(tx):
    sums = Sums(
        assigned_treated=700,
        assigned_held_out=300,
        held_out_share=3000,
        treated=700,
        held_out=300,
        converted_treated=210,
        converted_held_out=60,
    )

    saved = save_readout(tx, "planted", "Invented customers, effect planted.", sums, at=AT, did="bought")
    save_readout(tx, "planted", "Invented customers, effect planted.", sums, at=AT, did="bought")
    (found,) = readouts(tx)

    assert found.comparison == saved
    assert found.comparison.outcome == "more"
    assert (found.label, found.note) == ("planted", "Invented customers, effect planted.")
