"""The queue's tables are those of the installed version, with closed search paths."""

import re
from importlib import resources
from importlib.metadata import version

from procrastinate.schema import SchemaManager

MIGRATION = (resources.files("regulars") / "migrations" / "0002_jobs.sql").read_text(encoding="utf-8")


def test_the_migration_holds_the_installed_queue_word_for_word():
    mark = f"procrastinate {version('procrastinate')}"
    inner = MIGRATION.split(f"-- begin: {mark}\n")[1].split(f"-- end: {mark}\n")[0]

    assert inner.replace("  -- wall clock", "").strip() == SchemaManager.get_schema().strip()


def test_every_function_of_the_queue_has_a_search_path_of_its_own():
    made = set(re.findall(r"CREATE FUNCTION (\w+)\(", MIGRATION))

    assert set(re.findall(r"alter function (\w+) set search_path", MIGRATION)) == made
    assert made
