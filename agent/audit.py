"""One audit of this machine: choose the checks, run them, keep the report on disk before anything else happens to it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent import history, identity
from agent.config import Configuration
from agent.errors import UsageError
from agent.identity import Credentials
from agent.runner import Job, Limits, Watcher, World, make_report, run_checks
from agent.spool import Spool
from checks.registry import Check
from contract.ids import uuid7
from contract.reason import ReasonCode, because
from contract.report import Report

NOT_ENROLLED = "local"
"""School and agent of a report that stays on this machine."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Clock and randomness of a run."""

    wall: Callable[[], dt.datetime]
    clock: Callable[[], float]
    random_bytes: Callable[[int], bytes]


def choose(found: Mapping[str, Check], config: Configuration, only: Sequence[str] | None, platform: str) -> list[Job]:
    """
    A job for each check there is; one that is not to run carries the reason, and stands so in the report.

    Raises :class:`UsageError` when ``only`` names a check that does not exist.
    """
    unknown = sorted(set(only or ()) - set(found))
    if unknown:
        raise UsageError("agent.run.unknown_check", name=", ".join(unknown), known=", ".join(found))
    jobs = []
    for item in found.values():
        settings = config.check(item)
        skipped = None
        if platform not in item.platforms:
            skipped = because(ReasonCode.UNSUPPORTED_PLATFORM, system=platform)
        elif not settings.enabled or (only is not None and item.id not in only):
            skipped = because(ReasonCode.CHECK_NOT_SELECTED)
        jobs.append(Job(item, settings.options, settings.timeout_s, skipped))
    return jobs


def audit(
    jobs: Sequence[Job],
    config: Configuration,
    enrolled: Credentials | None,
    spool: Spool,
    world: World,
    moment: Moment,
    watcher: Watcher,
    *,
    version: str,
    privileged: bool,
) -> Report:
    """
    Run the jobs and keep the report. The caller holds the run lock.

    Its id is made here, once. Without enrolment there is nobody to deliver to: it goes to this machine's history only.
    """
    started_at, began = moment.wall(), moment.clock()
    report_id = uuid7(int(started_at.timestamp() * 1000), moment.random_bytes)
    limits = Limits(config.agent.evidence.max_kilobytes_per_check, config.agent.evidence.max_kilobytes_per_report)
    runs = run_checks(jobs, world.for_report(report_id), limits, watcher)
    report = make_report(
        runs,
        report_id=report_id,
        school_id=enrolled.school_id if enrolled else NOT_ENROLLED,
        agent_id=enrolled.agent_id if enrolled else NOT_ENROLLED,
        version=version,
        sequence=identity.next_sequence(config.state),
        started_at=started_at,
        duration_s=moment.clock() - began,
        spool=spool.state(),
        privileged=privileged,
    )
    if enrolled:
        spool.add(report)
    history.keep(config.state, report, config.agent.history_files)
    return report
