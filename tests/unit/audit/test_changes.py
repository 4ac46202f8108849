"""Changed fields: each with its path, and absent told apart from null."""

import pytest

from regulars.audit import Changed, changes


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2, "changed")]),
        ({"a": 1}, {"a": True}, [("a", 1, True, "changed")]),
        ({}, {"a": None}, [("a", None, None, "added")]),
        ({"a": None}, {}, [("a", None, None, "removed")]),
        (None, {"a": {"b": 1}}, [("a", None, {"b": 1}, "added")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", 2, 3, "changed")]),
        (
            {"t": [{"n": 1}, {"n": 2}]},
            {"t": [{"n": 1}, {"n": 3}, {"n": 4}]},
            [("t[1].n", 2, 3, "changed"), ("t[2]", None, {"n": 4}, "added")],
        ),
        ({"a": "xy"}, {"a": "xz"}, [("a", "xy", "xz", "changed")]),
        (None, None, []),
    ],
)
def test_every_field_that_differs_is_named_once(before, after, expected):
    found = changes(before, after)

    assert list(found) == [Changed(path=p, before=b, after=a, what=w) for p, b, a, w in expected]
