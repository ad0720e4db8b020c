"""Surveys of all sites in turn while the server runs, spread over the day: one at a time, each in a thread of its own."""

import asyncio
import contextlib
import logging
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from collector.clock import Clock
from collector.store import schools
from collector.store.store import Store
from collector.website.names import Resolver, system_resolver
from collector.website.record import Surveyed, history, put
from collector.website.settings import Site, WebsiteSettings
from collector.website.survey import Surveyor
from contract.ids import uuid7

_log = logging.getLogger("collector.website")
LOOK_S = 60.0
"""How often it is looked whether a site is due."""


def surveyor(settings: WebsiteSettings) -> Surveyor | None:
    """As the settings say; None without a name server to ask."""
    patience = min(3.0, settings.timeout_s)
    resolver = Resolver(settings.resolver, timeout_s=patience) if settings.resolver else system_resolver(patience)
    if resolver is None:
        return None
    tls = ssl.create_default_context()
    return Surveyor(resolver, tls, time.time, tries=settings.tries, timeout_s=settings.timeout_s, links=settings.links)


def survey_site(site: Site, by: Surveyor, store: Store, clock: Clock) -> Surveyed | None:
    """Survey one site and store what was found; None when its school is not on the register."""
    with store.reading() as connection:
        if schools.find(connection, site.school) is None:
            return None
    found = by.survey(site.url)
    now = clock.now()
    surveyed = Surveyed(site.school, str(uuid7(int(now.timestamp() * 1000), os.urandom)), now, found)
    store.submit(put, surveyed).result()
    return surveyed


def due(settings: WebsiteSettings, store: Store, now: datetime) -> list[Site]:
    """The sites whose last survey is older than the settings allow, in the order of the settings."""
    if settings.every_hours == 0:
        return []
    limit_s = settings.every_hours * 3600
    newest: dict[tuple[str, str], datetime] = {}
    with store.reading() as connection:
        for school in {site.school for site in settings.sites}:
            for state in history(connection, school):
                newest.setdefault((school, state.url), state.at)
    return [
        site
        for site in settings.sites
        if (at := newest.get((site.school, site.url))) is None or (now - at).total_seconds() >= limit_s
    ]


@contextlib.asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[None]:
    """Beside the server, from its start to its end. Does nothing at all without sites."""
    settings: WebsiteSettings = app.state.config.website
    if not settings.sites or settings.every_hours == 0:
        yield
        return
    stopping = asyncio.Event()
    task = asyncio.create_task(_work(app, settings, stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def _work(app: Starlette, settings: WebsiteSettings, stopping: asyncio.Event) -> None:
    by = await run_in_threadpool(surveyor, settings)
    if by is None:
        _log.warning("no name server is configured: no website is surveyed")
        return
    while not stopping.is_set():
        for site in await run_in_threadpool(due, settings, app.state.store, app.state.clock.now()):
            if stopping.is_set():
                return
            await run_in_threadpool(_one, site, by, app.state.store, app.state.clock, app.state.background.wake)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await stopping.wait()


def _one(site: Site, by: Surveyor, store: Store, clock: Clock, wake: Callable[[], None]) -> None:
    if survey_site(site, by, store, clock) is None:
        _log.warning("website %s: there is no school %s on the register", site.url, site.school)
    else:
        wake()
