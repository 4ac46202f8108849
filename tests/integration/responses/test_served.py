"""The same routes in the web application as it is served."""

import warnings

from regulars.app import assemble
from regulars.settings import Settings
from regulars.web import application

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It would rather have a newer client, which is not needed here.
    from starlette.testclient import TestClient


def test_the_web_application_serves_pixels_links_and_views_without_a_session(house):
    (one,) = house.send(1)

    app = assemble(Settings(), house.database)
    with TestClient(application(app), base_url="http://127.0.0.1:8642", follow_redirects=False) as client:
        answers = [
            client.get(url.removeprefix("https://us.example"))
            for url in (one.pixel, one.links["News"], one.view)
        ]
        wrong = client.get("/c/nothing")
    app.sequencer.close()

    assert [answer.status_code for answer in (*answers, wrong)] == [200, 302, 200, 404]
    assert not any("set-cookie" in answer.headers for answer in (*answers, wrong))
    assert len(house.reactions(one.send_id)) == 3
