"""Surveys in the store: history, scoring, and no false sign of life of the school."""

from datetime import timedelta
from pathlib import Path

import pytest

from checks.registry import catalogue
from collector.config import CollectorConfig
from collector.store import reports
from collector.store.samples import facts_of
from collector.store.store import Store
from collector.website.record import Surveyed, history, put
from collector.website.schedule import due, survey_site
from collector.website.settings import Site, WebsiteSettings
from collector.website.survey import Finding, Item, Survey, Surveyor
from contract.outcome import Provenance
from tests.checks.ipv6.test_probes import needs_ipv6
from tests.collector.conftest import REGISTER, START, Server, SetClock, report_id
from tests.collector.website.school import site
from tests.collector.website.test_survey import survey

URL = "https://www.school.test/"


def surveyed(number: int, *, good: bool, school: str = "S1", hours: float = 0) -> Surveyed:
    found = Survey(url=URL, findings=[Finding(item, good, "said") for item in Item], dns_ms=1.5)
    return Surveyed(school, report_id(number), START + timedelta(hours=hours), found)


def test_every_survey_stays_in_the_history_newest_first(store: Store) -> None:
    store.write(put, [surveyed(1, good=True), surveyed(2, good=False, hours=24)])
    with store.reading() as connection:
        found = history(connection, "S1")
    assert [state.values["ready"] for state in found] == [False, True]
    assert found[0].details["home_page"] == "said"
    assert found[0].values["dns_ms"] == 1.5


def test_a_school_has_not_reported_because_its_website_answers(store: Store) -> None:
    store.write(put, [surveyed(1, good=True)])
    with store.reading() as connection:
        assert reports.count(connection) == 0
        assert reports.newest(connection, "S1") == []


def test_the_judge_finds_it_on_the_collectors_word(store: Store) -> None:
    store.write(put, [surveyed(1, good=True)])
    with store.reading() as connection:
        facts = facts_of(connection, REGISTER[0], ["website.ready"], START)
    [sample] = facts.samples["website.ready"]
    assert (sample.value, sample.provenance, sample.check) == (True, Provenance.SERVER_VERIFIED, "website")
    assert facts.runs["website"].at == START


def test_every_stored_name_is_one_that_packs_may_ask_for(store: Store) -> None:
    store.write(put, [surveyed(1, good=True)])
    with store.reading() as connection:
        names = {f"website.{name}" for name in history(connection, "S1")[0].values}
    assert names <= set(catalogue())


def test_a_site_is_due_when_its_last_survey_is_old_enough(store: Store) -> None:
    settings = WebsiteSettings(sites=[Site("S1", URL), Site("S2", URL)], every_hours=24)
    store.write(put, [surveyed(1, good=True)])
    assert due(settings, store, START + timedelta(hours=23)) == [Site("S2", URL)]
    assert due(settings, store, START + timedelta(hours=24)) == settings.sites
    assert due(WebsiteSettings(sites=settings.sites, every_hours=0), store, START) == []


@needs_ipv6
def test_a_real_survey_is_stored_and_one_of_an_unknown_school_is_not(store: Store, now: SetClock, tmp_path: Path) -> None:
    with site(tmp_path) as made:

        class Fixed(Surveyor):
            def __init__(self) -> None:
                """Surveys what the fixture serves."""

            def survey(self, url: str) -> Survey:
                return survey(made)

        assert survey_site(Site("S1", made.url), Fixed(), store, now.clock) is not None
        assert survey_site(Site("S9", made.url), Fixed(), store, now.clock) is None
    with store.reading() as connection:
        assert history(connection, "S1")[0].values["ready"] is True
        assert history(connection, "S9") == []


def test_the_history_is_for_viewers_of_the_county_only(server: Server) -> None:
    server.store.write(put, [surveyed(1, good=False)])
    found = server.get("/v1/schools/S1/website", server.token("viewer")).json()
    assert found["surveys"][0]["values"]["home_page"] is False
    assert server.get("/v1/schools/S1/website", server.token("viewer", counties=["示例区"])).status_code == 404
    assert server.get("/v1/schools/S1/website", server.token("agent", "S1", "a1")).status_code == 403


class TestWithASiteThatIsDue:
    """The server surveys by itself."""

    @pytest.fixture
    def config(self) -> CollectorConfig:
        """A name server that is not there: the survey ends at once, and says that nothing could be told."""
        settings = WebsiteSettings(sites=[Site("S1", URL)], resolver="127.0.0.255", tries=1, timeout_s=0.2)
        return CollectorConfig(website=settings)

    def test_the_server_surveys_what_is_due_when_it_starts(self, server: Server) -> None:
        for _ in range(3000):
            with server.store.reading() as connection:
                found = history(connection, "S1")
            if found:
                break
            server.get("/healthz")
        assert found
        assert found[0].values["ready"] is None
