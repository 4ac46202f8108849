"""What is kept with the log equals what a full computation says, whatever happens."""

import os
from pathlib import Path
from random import Random

from regulars.db import Database
from tests.integration.segments.living import Living

# A longer run: REGULARS_TEST_STEPS=5000 REGULARS_TEST_SEED=7.
STEPS = int(os.environ.get("REGULARS_TEST_STEPS", "80"))
SEED = int(os.environ.get("REGULARS_TEST_SEED", "20260322"))


def test_what_is_kept_equals_a_full_computation_whatever_happens(database: Database, tmp_path: Path) -> None:
    living = Living(database, tmp_path, Random(SEED))
    for number in range(STEPS):
        living.step()
        living.settle()
        if number % 5 == 0 or number == STEPS - 1:
            assert living.differences() == [], f"after step {number}: {living.done}"
    living.close()
    assert living.done.get("erased") or STEPS < 200
