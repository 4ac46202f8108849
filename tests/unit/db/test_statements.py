"""The loader of named SQL."""

import sys
import types

import pytest

from regulars.db import Query, Statements
from regulars.db.statements import parse_statements
from regulars.kernel import Fault


@pytest.fixture
def module(tmp_path):
    made = types.ModuleType("made_here")
    made.__file__ = str(tmp_path / "made_here.py")
    sys.modules["made_here"] = made
    (tmp_path / "queries.sql").write_text(
        "-- name: first\n-- What it means.\nselect 1;\n\n-- name: second\nselect 2\n"
    )
    yield made
    del sys.modules["made_here"]


def declare(**names):
    return types.new_class(
        "Sql",
        (Statements,),
        {"file": "queries.sql"},
        lambda body: body.update(__module__="made_here", __annotations__=names),
    )


def test_declared_statements_are_there(module):
    loaded = declare(first=Query, second=Query)

    assert "select 1" in loaded.first.as_string()


def test_a_name_missing_from_the_file_fails_the_load(module):
    with pytest.raises(Fault, match=r"not in the file \['third'\]"):
        declare(first=Query, second=Query, third=Query)


def test_a_statement_nobody_declares_fails_the_load(module):
    with pytest.raises(Fault, match=r"not declared \['second'\]"):
        declare(first=Query)


@pytest.mark.parametrize(
    "text", ["-- name: a\nselect 1\n-- name: a\nselect 2", "-- name: a\n-- only words\n"]
)
def test_a_name_given_twice_or_without_statement_is_refused(text):
    with pytest.raises(Fault):
        parse_statements(text, "here")
