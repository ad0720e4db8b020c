"""
cron: one line in the account's own table, between two marks.

cron knows neither missed runs nor a spread. So its entry looks each hour, and the agent itself says whether a scheduled time
has passed since its latest run (``run --if-due``): a machine that slept at noon runs once when it wakes.
"""

import shlex

from agent.schedule.plan import NAME, Machine, Plan, called, shown

BEGIN = f"# {NAME}: begin (campus-agent schedule)"
END = f"# {NAME}: end"


def entry(plan: Plan) -> str:
    """The line. ``%`` ends a command in a crontab (crontab(5)), so it is escaped."""
    minutes = ",".join(str(minute) for minute in sorted({time.minute for time in plan.times}))
    variables = [f"{name}={shlex.quote(value)}" for name, value in sorted(plan.environment.items())]
    words = [shlex.quote(word) for word in (*plan.run, "--if-due", shown(plan.times))]
    command = " ".join([*variables, *words]).replace("%", "\\%")
    return f"{minutes} * * * * {command} >/dev/null"


def table_with(table: str, line: str | None) -> str:
    """The crontab with our part replaced by ``line``, or without it; everything else stays as it was."""
    kept: list[str] = []
    inside = False
    for row in table.splitlines():
        if row == BEGIN:
            inside = True
        elif row == END:
            inside = False
        elif not inside:
            kept.append(row)
    if line is not None:
        kept += [BEGIN, line, END]
    return "\n".join(kept) + "\n" if kept else ""


def install(machine: Machine, plan: Plan) -> list[str]:
    """Put the line into the account's crontab; return it."""
    line = entry(plan)
    called(machine, "crontab", "-", given=table_with(_table(machine), line))
    return [line]


def installed(machine: Machine) -> list[str]:
    """Our line, as it stands there."""
    rows = _table(machine).splitlines()
    return rows[rows.index(BEGIN) + 1 : rows.index(END)] if BEGIN in rows and END in rows else []


def remove(machine: Machine) -> list[str]:
    """Take the line out; an empty crontab is removed altogether."""
    found = installed(machine)
    if found:
        rest = table_with(_table(machine), None)
        if rest:
            called(machine, "crontab", "-", given=rest)
        else:
            called(machine, "crontab", "-r")
    return found


def _table(machine: Machine) -> str:
    done = machine.call(("crontab", "-l"), "")
    return done.out if done.status == 0 else ""  # "no crontab for root" is an error of crontab(1), and no fault
