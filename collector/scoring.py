"""Scoring: a school's facts from the tables, judged under every pack, written back; ingest only leaves a mark to do so."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from collector import packs
from collector.store import attestations, samples, schools, scores, waivers
from collector.store.scores import Scored
from collector.store.store import Store
from contract.school import School
from contract.score import Scorecard
from criteria.facts import Facts
from criteria.pack import Pack
from criteria.score import score_school

_log = logging.getLogger("collector.scoring")


class Scoring:
    """Scores schools under ``loaded`` packs, at the moment that ``now`` gives."""

    def __init__(self, store: Store, loaded: Sequence[Pack], now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self.packs = list(loaded)
        self._measures = packs.measures(loaded)
        self._window = timedelta(days=packs.window_days(loaded))

    def facts(self, connection: Connection, school: School, now: datetime) -> Facts:
        """What the packs may ask of a school."""
        known = samples.facts_of(connection, school, self._measures, now - self._window)
        return attestations.with_answers(connection, known, now)

    def cards(self, connection: Connection, school: School, now: datetime) -> list[Scorecard]:
        """The school's scorecards as of ``now``, in the order of the packs; nothing is written."""
        facts = self.facts(connection, school, now)
        excused = waivers.of_school(connection, school.id, now)
        return [score_school(pack, facts, now, excused) for pack in self.packs]

    def catch_up(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Score the schools that wait for it, until none is left or ``stop`` says so; how many."""
        done = 0
        broken: set[str] = set()
        while not stop():
            with self._store.reading() as connection:
                marks = [(school_id, mark) for school_id, mark in scores.waiting(connection) if school_id not in broken]
            if not marks:
                break
            for school_id, mark in marks:
                if stop():
                    break
                if self._score(school_id, mark):
                    done += 1
                else:
                    broken.add(school_id)
        return done

    def everything(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Score every school anew: data has grown older, or the packs are others. How many."""
        with self._store.reading() as connection:
            ids = [school.id for school in schools.listed(connection)]
        done = 0
        for school_id in ids:
            if stop():
                break
            done += self._score(school_id, None)
        return done

    def rebuild(self, progress: Callable[[int, int], None]) -> tuple[int, int]:
        """
        Score every school from its stored rows, from a command; (schools, outcomes that changed).

        ``progress`` takes schools done and all of them. Unlike in the server a defect is not passed over: it is raised.
        """
        with self._store.reading() as connection:
            register = schools.listed(connection)
        flips = 0
        for done, school in enumerate(register, start=1):
            with self._store.reading() as connection:
                scored = Scored(school_id=school.id, cards=self.cards(connection, school, self._now()))
            flips += sum(self._store.write(scores.put, [scored]))
            progress(done, len(register))
        return len(register), flips

    def _score(self, school_id: str, mark: datetime | None) -> bool:
        """
        False when this school could not be scored; the others must be all the same.

        Its mark stays, so that it is tried again with the next round, under a mended pack or after a restart.
        """
        try:
            with self._store.reading() as connection:
                school = schools.find(connection, school_id)
                cards = [] if school is None else self.cards(connection, school, self._now())
            self._store.submit(scores.put, Scored(school_id=school_id, cards=cards, mark=mark)).result()
        except Exception:  # noqa: BLE001 - one school's defect is logged whole and must not stop the others
            _log.exception("school %s could not be scored", school_id)
            return False
        return True
