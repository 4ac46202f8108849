"""A worker process that delivers, and `regulars webhooks` beside it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from regulars.cli.telling import instant
from regulars.db import Database
from regulars.kernel import Invalid
from tests.acceptance.cli.command import ARGV, Here
from tests.integration.webhooks.company import happen, open_company, order, sent, tell
from tests.integration.webhooks.receiver import Answer, receiving


def test_a_worker_delivers_and_the_command_lists_and_sends_again(database: Database, tmp_path: Path) -> None:
    with receiving() as receiver:
        app = open_company(database, tmp_path / "home", receiver.place)
        app.catch_up(app.wall.now())
        secret = tell(app, "shop", receiver.url())
        place = Here(
            home=tmp_path / "home",
            port=1,
            more={"REGULARS_DATABASE_URL": database.dsn, "REGULARS_OUTGOING_ALLOW": receiver.place},
        )
        receiver.answer = lambda got: Answer(status=200 if len(receiver.got) > 1 else 500)
        worker = subprocess.Popen([*ARGV, "worker"], env=place.environment, stderr=sys.stderr)
        try:
            happen(app, order(1))
            assert receiver.wait_for(2, within_s=40)[1].verified(secret)["type"] == "Order Completed"
            listed = place.run("webhooks", "list")
            assert listed.code == 0 and re.search(
                r"shop +active +0 waiting +0 failed for good; in 24 hours 1 arrived, 1 attempts", listed.out
            ), listed.out + listed.err
            again = place.run("webhooks", "replay", "shop", "--delivery", sent(app)[0].public_id)
            assert "goes out again" in again.out, again.err
            assert receiver.wait_for(3)[2].id == receiver.got[0].id
        finally:
            os.kill(worker.pid, signal.SIGTERM)
            assert worker.wait(30) == 0
        everything = place.run("webhooks", "replay", "shop", "--since", "2020-01-01")
        assert "from position 1 on" in everything.out, everything.err
        with pytest.raises(Invalid, match="is no instant"):
            instant("yesterday")
        app.sequencer.close()
