"""``/v1/slots`` and what it does to the speed routes, over the real application."""

import pytest
import requests

from collector.config import CollectorConfig
from collector.slots.settings import CalendarSettings, SlotSettings
from collector.speed.receipts import Key
from collector.store.store import Store
from tests.collector.conftest import SetClock, a_report, bearer, report_id, running

LESSONS = CalendarSettings(lessons=["08:00-11:50"])
"""The tests' clock stands at 09:00 in China, on a Monday."""


def call(url: str, method: str, token: str, body: str = "") -> requests.Response:
    return requests.request(method, url, headers=bearer(token), data=body, timeout=10)


def test_a_machine_gets_its_turn_and_gives_it_back(store: Store, now: SetClock) -> None:
    with running(store, now, CollectorConfig()) as server:
        first, second = server.token("agent", "S1", "a1"), server.token("agent", "S1", "a2")
        granted = call(f"{server.url}/v1/slots", "POST", first).json()
        assert (granted["state"], granted["wait_s"], granted["budget_megabytes"]) == ("granted", 0.0, 100_000.0)
        assert call(f"{server.url}/v1/slots", "POST", second).json()["state"] == "stand_in"
        place = f"{server.url}/v1/slots/{granted['slot']}"
        assert call(place, "DELETE", server.token("agent", "S2", "a9")).status_code == 404
        assert call(place, "DELETE", first).status_code == 204
        assert call(place, "DELETE", first).status_code == 404
        assert call(f"{server.url}/v1/slots", "POST", second).json()["state"] == "done"


def test_during_lessons_the_turn_comes_later_and_the_speed_routes_are_closed(store: Store, now: SetClock) -> None:
    config = CollectorConfig(slots=SlotSettings(calendar=LESSONS, spread_seconds=0))
    with running(store, now, config) as server:
        token = server.token("agent", "S1", "a1")
        assert call(f"{server.url}/v1/slots", "POST", token).json()["wait_s"] == 170 * 60
        refused = call(f"{server.url}/v1/speed/sessions", "POST", token)
        assert (refused.status_code, refused.json()["code"]) == (429, "problem.speed_lessons")
        assert refused.headers["Retry-After"] == str(170 * 60)


def test_only_an_agent_gets_a_turn(store: Store, now: SetClock) -> None:
    with running(store, now, CollectorConfig()) as server:
        assert call(f"{server.url}/v1/slots", "POST", server.token("viewer")).status_code == 403
        assert requests.post(f"{server.url}/v1/slots", timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("claimed", "of_this_report", "stored"),
    [
        (100.0, True, ("100.0", "server_verified")),
        (180.0, True, ("null", "agent_measured")),
        (100.0, False, ("100.0", "agent_measured")),
    ],
)
def test_a_report_is_believed_as_far_as_its_receipt_goes(
    store: Store, now: SetClock, claimed: float, of_this_report: bool, stored: tuple[str, str]
) -> None:
    """The whole way: a session, its receipt, the report, and what the judge will see."""
    with running(store, now, CollectorConfig()) as server:
        server.app.state.receipt_key = Key(b"k" * 32)
        token = server.token("agent", "S1", "a1")
        body = f'{{"report_id": "{report_id(1 if of_this_report else 2)}"}}'
        session = call(f"{server.url}/v1/speed/sessions", "POST", token, body).json()["session"]
        held = server.app.state.speed.find(session)
        began = held.seen_at
        for step in range(1, 31):
            held.count_sent(1_250_000, began + step / 10)
        report = a_report(1, download=claimed)
        receipt = call(f"{server.url}/v1/speed/sessions/{session}", "DELETE", token).json()
        report["runs"][1]["evidence"] = {"receipt": receipt}
        assert server.post(report, token).status_code == 201
        with store.reading() as connection:
            rows = connection.exec_driver_sql(
                "select value, provenance from measurement where report_id = ? and name = ?",
                (report["report_id"], "bandwidth.download_mbit_s"),
            ).all()
        assert [tuple(row) for row in rows] == [stored]
