"""The application: routes, and what they find in ``app.state``."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware

from collector import packs
from collector.api import (
    agent_score,
    attestations,
    door,
    enrol,
    explain,
    health,
    reports,
    rollup,
    school,
    schools,
    slots,
    speed,
    waivers,
    website,
    witness,
)
from collector.api.door import Door, Figures
from collector.api.problem import exception_handlers
from collector.background import Background
from collector.clock import Clock
from collector.config import CollectorConfig
from collector.rates import Rates
from collector.scoring import Scoring
from collector.slots.gate import gate_of
from collector.speed.sessions import SpeedSessions
from collector.store.retention import Retention
from collector.store.store import Store
from collector.website import schedule


def create_app(config: CollectorConfig, store: Store, clock: Clock) -> Starlette:
    """
    A collector over ``store``, which stays open after it: whoever opened it closes it.

    ``app.state`` holds ``config``, ``store``, ``clock``, ``zone``, ``pack`` (the one of the overview), ``scoring``,
    ``speed`` and ``background``.
    """
    loaded = packs.load_all(config.packs)
    figures = Figures()
    app = Starlette(
        routes=[
            *health.routes,
            *door.routes,
            *enrol.routes,
            *reports.routes,
            *agent_score.routes,
            *schools.routes,
            *school.routes,
            *rollup.routes,
            *attestations.routes,
            *waivers.routes,
            *explain.routes,
            *speed.routes,
            *slots.routes,
            *website.routes,
            *witness.routes,
        ],
        middleware=[Middleware(Door, figures=figures)],
        exception_handlers=exception_handlers(),
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.config = config
    app.state.figures = figures
    app.state.rates = Rates(clock.monotonic)
    app.state.store = store
    app.state.clock = clock
    app.state.zone = config.zone
    app.state.pack = packs.chosen(loaded, config.pack)
    app.state.scoring = Scoring(store, loaded, clock.now)
    app.state.speed = SpeedSessions(config.speed, clock.monotonic)
    app.state.gate = gate_of(config, store, clock.now)
    app.state.sightings = witness.Sightings(clock.monotonic)
    retention = Retention(store, config.body_days, config.zone, clock.now)
    app.state.background = Background(app.state.scoring, config.rescore_minutes * 60.0, retention.sweep)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with app.state.background.running(), schedule.running(app):
        yield
