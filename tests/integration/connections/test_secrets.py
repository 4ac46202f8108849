"""Secrets: sealed under the installation's key, whose file is made once."""

from pathlib import Path
from threading import Barrier, Thread

import pytest
from pydantic import SecretStr

from regulars import connections
from regulars.access import SYSTEM
from regulars.app import App
from regulars.connections import CannotOpen, Vault
from regulars.kernel import Invalid
from regulars.settings import read_settings
from tests.integration.connections.shop import AT


def vault(home: Path, key: str | None = None) -> Vault:
    return Vault(read_settings(home=home, secret_key=SecretStr(key) if key else None))


def test_what_is_sealed_is_opened_by_the_same_home_only(tmp_path: Path) -> None:
    sealed = vault(tmp_path / "a").seal("secret")

    assert vault(tmp_path / "a").open(sealed) == "secret" and b"secret" not in sealed
    with pytest.raises(CannotOpen, match="secret-key"):
        vault(tmp_path / "b").open(sealed)


def test_the_key_can_stand_in_the_environment_and_be_changed(tmp_path: Path) -> None:
    sealed = vault(tmp_path, "first key").seal("secret")

    assert vault(tmp_path, "second-key,first").seal("x") != sealed
    assert vault(tmp_path, "first").seal("x")
    with pytest.raises(CannotOpen):
        vault(tmp_path, "other").open(sealed)
    assert not (tmp_path / "secret-key").exists()


def test_of_several_keys_the_first_seals_and_all_open(tmp_path: Path) -> None:
    old = vault(tmp_path, "old").seal("secret")
    both = vault(tmp_path, "new old")

    assert both.open(old) == "secret" and vault(tmp_path, "new").open(both.seal("again")) == "again"


def test_many_processes_that_begin_at_once_make_one_key(tmp_path: Path) -> None:
    barrier, sealed = Barrier(8), []

    def begin() -> None:
        mine = vault(tmp_path)
        barrier.wait()
        sealed.append(mine.seal("secret"))

    threads = [Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(vault(tmp_path).open(one) == "secret" for one in sealed)
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "\ud800", "x" * 30_000])
def test_a_secret_that_cannot_be_kept_is_told(app: App, text: str) -> None:
    with app.database.transaction() as tx, pytest.raises(Invalid):
        connections.set_secret(tx, SYSTEM, app.vault, "connection/x", text, at=AT, now=AT)


def test_two_who_set_it_at_once_leave_one_newest(app: App) -> None:
    barrier = Barrier(4)

    def put(number: int) -> None:
        barrier.wait()
        with app.database.transaction() as tx:
            name = "connection/x"
            connections.set_secret(tx, SYSTEM, app.vault, name, f"secret {number}", at=AT, now=AT)

    threads = [Thread(target=put, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.database.transaction() as tx:
        told = connections.told_of(tx, "connection/x", AT)
    assert len(told) == 4 and [one.ends_at is None for one in told] == [True, False, False, False]
