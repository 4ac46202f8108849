"""One shop for the tests that only look, one of its own for a test that changes much."""

import warnings
from collections.abc import Iterator

import pytest

from regulars.db import drop_database
from regulars.web import application
from tests.integration.api.shop import Shop, open_shop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It would rather have a newer client, which is not needed here.
    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def shop(server, tmp_path_factory) -> Iterator[Shop]:
    dsn = server.clone()
    opened = open_shop(dsn, tmp_path_factory.mktemp("home"))
    yield opened
    opened.app.sequencer.close()
    opened.app.database.close()
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture(scope="module")
def client(shop) -> Iterator[TestClient]:
    with TestClient(application(shop.app), base_url="http://127.0.0.1:8642") as made:
        yield made


@pytest.fixture(scope="module")
def ask(shop, client):
    """Ask as the program of a function: ask("loyalty", "GET", "/customers")."""

    def asked(who: str, method: str, path: str, **more):
        headers = {"Authorization": f"Bearer {shop.keys[who]}"} | more.pop("headers", {})
        return client.request(method, f"/api/v1{path}", headers=headers, **more)

    return asked
