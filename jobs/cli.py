"""The `ntm` command."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import date
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.disk import full_disk
from jobs.errors import NtmError, QueryError, RunFailedError, SourceError, UsageError
from jobs.publish.query_text import QueryCommand, QuietGroup, query_text
from jobs.publish.results import SHOWN_ROWS, Format, print_rows, write_rows
from jobs.publish.terminal import place_for_people, say, warn
from jobs.publish.values import indented_json, json_text
from jobs.runtime.file_modes import keep_private
from jobs.runtime.interpreter import collect_seldom, end_process
from jobs.runtime.stop import stop_on_signals
from jobs.settings import get_settings, path_of, require_workspace
from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.engine.tables import Warehouse
    from jobs.publish.report import Report
    from jobs.settings import Settings

app = typer.Typer(cls=QuietGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help="The NTM warehouse.")
quarantine = typer.Typer(no_args_is_help=True, help="Rejected rows, with reasons.")
held = typer.Typer(no_args_is_help=True, help="Batches that a gate holds.")
app.add_typer(quarantine, name="quarantine")
app.add_typer(held, name="held")

INTERRUPTED = 130
DEMO_PROVINCE, DEMO_SEED = "40", 7
DEMO_FROM, DEMO_TO = date(2025, 1, 1), date(2025, 6, 30)


Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but the result.")]
Force = Annotated[bool, typer.Option("--force", help="Take a day before the first record or after today too.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine.")]


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    collect_seldom()
    keep_private()
    # A name of a file that is not UTF-8 is printed all the same.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            # Whoever reads what was printed may have seen enough.
            with suppress(BrokenPipeError):
                sys.stdout.flush()
    except NtmError as error:
        _complain(error)
        code = error.exit_code
    except OSError as error:
        # A folder that belongs to another user: the system's own sentence names the file.
        _complain(error)
        code = RunFailedError.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    else:
        code = 0
    end_process(code)


def _complain(error: BaseException | str) -> None:
    if isinstance(error, QueryError):
        text = "\n".join(map(visible, str(error).split("\n")))
    else:
        text = visible((not isinstance(error, UsageError) and full_disk(error, _places())) or error)
    print(f"ntm: {text}", file=sys.stderr)


def _places() -> list[Path]:
    """Where this workspace's files are written."""
    with suppress(UsageError):
        settings = get_settings()
        return [place for place in (settings.home, path_of(settings.warehouse_url)) if place]
    return []


def _day(text: str | None, name: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name}: expected a date as YYYY-MM-DD") from None


def _run_day(text: str | None, *, force: bool) -> date | None:
    """The as-of day of a run; said where it is an odd one that was forced."""
    from jobs.engine.tables import Warehouse
    from jobs.run import require_usual_day

    day = _day(text, "--date")
    odd = require_usual_day(Warehouse.of(get_settings()), day, force=force, names=("--date", "--force"))
    if odd:
        warn(odd)
    return day


def _warehouse() -> Warehouse:
    """The warehouse of the settings, for a command that reads it."""
    from jobs.engine.tables import Warehouse

    settings = get_settings()
    require_workspace(settings)
    return Warehouse.of(settings)


@app.command()
def sample(
    province: Annotated[str, typer.Option(help="GSO code of the province.")] = DEMO_PROVINCE,
    from_day: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD")] = DEMO_FROM.isoformat(),
    to_day: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD")] = DEMO_TO.isoformat(),
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = DEMO_SEED,
    work_records: Annotated[int | None, typer.Option(help="Work records; default: in proportion to units and days.")] = None,
    dossiers: Annotated[int | None, typer.Option(help="Dossiers; default likewise.")] = None,
    ocop: Annotated[int | None, typer.Option(help="OCOP recognitions; default likewise.")] = None,
    unreadable: Annotated[bool, typer.Option("--unreadable", help="Add files that cannot be read.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write generated source records into the landing zone, and the truth about them beside it."""
    from jobs.sample.plan import SamplePlan
    from jobs.sample.terminal import generate_shown

    first, last = _day(from_day, "--from"), _day(to_day, "--to")
    assert first is not None  # noqa: S101 - it has a default
    assert last is not None  # noqa: S101
    plan = SamplePlan(
        province=province,
        date_from=first,
        date_to=last,
        seed=seed,
        work_records=work_records,
        dossiers=dossiers,
        ocop=ocop,
        unreadable_files=unreadable,
    )
    summary = generate_shown(plan, quiet=quiet or as_json)
    if as_json:
        print(json_text({"files": summary.files, "rows": dict(summary.rows), "truth": str(summary.truth_path)}))
    elif not quiet:
        say(
            f"generated {sum(summary.rows.values()):,} records in {summary.files:,} files under {place_for_people(get_settings().landing_url)}"
        )
        say(f"the truth about them: {summary.truth_path}")


@app.command()
def run(
    as_of: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="As-of day; default today.")] = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the DAGs, in order, for everything that waits in the landing zone."""
    stop_on_signals(get_settings().home)
    raise typer.Exit(_run(_run_day(as_of, force=force), force=force, as_json=as_json, quiet=quiet))


def _run(
    as_of: date | None, *, force: bool, as_json: bool = False, quiet: bool = False, wait_for: Callable[[], object] | None = None
) -> int:
    from jobs.lock import workspace_lock
    from jobs.log import configure

    settings = get_settings()
    keep_private(settings)
    configure(None, quiet=quiet or as_json)
    # Before anything that takes seconds: a second run beside one is refused at once.
    with workspace_lock(settings.home):
        if not quiet:
            print(f"running as of {as_of or 'today'} in {visible(settings.home)}; Ctrl-C stops it", file=sys.stderr, flush=True)
        return _run_locked(settings, as_of, force=force, as_json=as_json, quiet=quiet, wait_for=wait_for)


def _run_locked(
    settings: Settings, as_of: date | None, *, force: bool, as_json: bool, quiet: bool, wait_for: Callable[[], object] | None
) -> int:
    from jobs.extract.pull import require_usable_sources
    from jobs.landing.storage import require_landing
    from jobs.publish.summary import exit_code, print_summary, summary_of
    from jobs.runtime.airflow import run_dags, run_steps
    from jobs.runtime.side_process import SideProcess

    _require_known_key()
    require_landing(settings)
    require_usable_sources(settings)
    with SideProcess("jobs.steps", quiet=quiet or as_json) as steps:
        if wait_for is None and not steps.call("look"):
            outcome = run_steps(as_of, steps.call, force=force)
        else:
            steps.begin("prepare")

            def ready() -> None:
                steps.result()
                if wait_for:
                    wait_for()

            outcome = run_dags(as_of, force=force, call_step=steps.call, wait_for=ready)
    found = summary_of(outcome, settings)
    # Whoever reads the summary may have seen enough; the exit code is the run's all the same.
    with suppress(BrokenPipeError):
        if as_json:
            print(json_text(found))
        elif not quiet:
            print_summary(found)
    for name, message in found["failures"].items():
        _complain(f"{name}: {message}")
    return exit_code(found)


def _step(name: str, *, quiet: bool, **arguments: object) -> dict[str, Any]:
    """One step by itself, as `ntm run` does its own: under the lock, and in a process that ends within seconds when this one is stopped."""
    from jobs.lock import workspace_lock
    from jobs.log import configure
    from jobs.runtime.side_process import SideProcess

    settings = get_settings()
    require_workspace(settings)
    keep_private(settings)
    configure(None, quiet=quiet)
    with workspace_lock(settings.home), SideProcess("jobs.steps", quiet=quiet) as steps:
        done: dict[str, Any] = steps.call(name, **arguments)
        return done


def _require_known_key() -> None:
    from jobs.border.read import key_source
    from jobs.border.token_key import require_known_key
    from jobs.engine.tables import Warehouse

    settings = get_settings()
    require_known_key(Warehouse.of(settings), key_source(settings).key())


@app.command()
def retokenise(
    as_of: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="As-of day; default today.")] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Change the key of personal data: read everything that landed again under the key that is set now, and run."""
    stop_on_signals(get_settings().home)
    day = _run_day(as_of, force=force)
    done = _step("retokenise", quiet=quiet)
    if not quiet:
        print(f"{done['objects']:,} objects are read again under the new key; {done['tombstones']:,} secret records stay hidden")
    raise typer.Exit(_run(day, force=force, quiet=quiet))


@app.command()
def rebuild(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables that landed objects feed, such as work_record.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rebuild tables from the landing zone, compare them with the last release, and release them."""
    stop_on_signals(get_settings().home)
    from jobs.publish.summary import print_rebuilt

    if bool(tables) == everything:
        raise UsageError("expected the names of tables, or --all")
    outcome = _step("rebuild", quiet=quiet or as_json, tables=None if everything else tables)
    if as_json:
        print(json_text(outcome))
    elif not quiet:
        print_rebuilt(outcome)
    if outcome["standardise"]["held"] or outcome["standardise"]["waiting"]:
        raise typer.Exit(SourceError.exit_code)


@app.command()
def demo(quiet: Quiet = False) -> None:
    """Generate Nghệ An's first half of 2025, run the DAGs over it, and compare the 90/80/60 with the generator's truth."""
    stop_on_signals(get_settings().home)
    from jobs.border.tokens import make_key
    from jobs.publish.demo import compare_with_truth
    from jobs.runtime.side_process import SideProcess
    from jobs.sample.plan import SamplePlan
    from jobs.sample.truth import truth_path

    settings = get_settings()
    if settings.pii_key is None and settings.pii_key_file is None:
        settings.home.mkdir(parents=True, exist_ok=True)
        make_key(settings.home / "pii.key")
    plan = SamplePlan(province=DEMO_PROVINCE, date_from=DEMO_FROM, date_to=DEMO_TO, seed=DEMO_SEED)
    # The demo's day is its own, also in a workspace whose records begin later.
    run = partial(_run, DEMO_TO, force=True, quiet=quiet)
    truth = truth_path(plan, settings.home / "truth")
    if truth.exists():
        code = run()
    else:
        # Beside Airflow's start: either takes one core.
        with SideProcess("jobs.sample.terminal", quiet=quiet) as generator:
            generator.begin("generate_shown", plan, quiet=quiet)
            code = run(wait_for=generator.result)
    if code not in (0, SourceError.exit_code):
        raise typer.Exit(code)
    _print_report(_report(DEMO_PROVINCE, DEMO_TO), Format.TABLE)
    equal = compare_with_truth(_warehouse(), truth, DEMO_TO)
    raise typer.Exit(code if equal else RunFailedError.exit_code)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def airflow(context: typer.Context) -> None:
    """Run Airflow's own command line (`ntm airflow dags list`) on this workspace's scheduler."""
    from jobs.runtime.airflow import airflow_command

    raise typer.Exit(airflow_command(context.args))


@app.command()
def report(
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default all.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD")] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """The ratios and targets, as of a day."""
    _print_report(_report(province, _day(as_of, "--as-of")), output)


def _report(province: str | None, as_of: date | None) -> Report:
    from jobs.publish.report import report

    return report(_warehouse(), province, as_of)


def _print_report(found: Report, output: Format) -> None:
    from jobs.publish.targets import print_targets, staleness

    rows = found.rows
    if found.redefined:
        warn(f"changed since this release: {', '.join(found.redefined)}; `ntm run` recomputes what they make")
    if output is Format.TABLE:
        print_targets(found)
    else:
        print_rows(list(rows[0]) if rows else [], (tuple(row.values()) for row in rows), output)
        # The rows have the columns of gold/target_status and no more.
        for sentence in staleness(found):
            warn(sentence)


@app.command(cls=QueryCommand)
def sql(
    query: Annotated[str | None, typer.Argument(help="SELECT … over tables written layer.table; - or none: from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A file with the query.")] = None,
    output: Annotated[Format | None, typer.Option("--format", help="Default: what FILE is called, else table.")] = None,
    target: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write all rows to a file.")] = None,
    everything: Annotated[bool, typer.Option("--all", help=f"Show more than {SHOWN_ROWS:,} rows on a terminal.")] = False,
) -> None:
    """Analysts' SQL over the released tables, without a JVM: what reads is answered as in the DuckDB shell."""
    from jobs.publish.released import query as ask

    names, rows = ask(_warehouse(), query_text(query, file))
    if target is not None:
        say(f"{write_rows(names, rows, target, output):,} rows in {target}")
    else:
        print_rows(names, rows, output or Format.TABLE, limit=None if everything else SHOWN_ROWS)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Loads, freshness, quarantine counts, the last release."""
    from jobs.publish.status import print_status, status_of

    found = status_of(_warehouse(), get_settings())
    if as_json:
        print(json_text(found))
    else:
        print_status(found)


@quarantine.command("list")
def quarantine_list(
    table: Annotated[str | None, typer.Option(help="Silver table, such as work_record.")] = None,
    code: Annotated[str | None, typer.Option(help="Only rows with this error code.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Rejected rows: where they lie and why."""
    from jobs.ops.quarantine import listed

    names, rows = listed(_warehouse(), table, code, limit)
    print_rows(names, rows, output)


@quarantine.command("show")
def quarantine_show(
    path: Annotated[str, typer.Argument(help="Landed path, or the start of an object's id.")],
    line: Annotated[int | None, typer.Argument()] = None,
) -> None:
    """One rejected row with its fields (personal and secret ones masked) and errors, as JSON."""
    from jobs.ops.quarantine import shown

    print(indented_json(shown(_warehouse(), path, line)))


@quarantine.command("replay")
def quarantine_replay(
    table: Annotated[str | None, typer.Option(help="Silver table; default all.")] = None,
    as_of: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD")] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Read the objects that have rejected rows (or could not be read) again, and run."""
    stop_on_signals(get_settings().home)
    from jobs.lock import workspace_lock
    from jobs.ops.quarantine import mark_for_replay

    settings, warehouse = get_settings(), _warehouse()
    day = _run_day(as_of, force=force)
    _require_known_key()
    with workspace_lock(settings.home):
        marked = mark_for_replay(warehouse, table)
    if not quiet:
        say(f"{marked} objects are read again")
    raise typer.Exit(_run(day, force=force, quiet=quiet) if marked else 0)


@held.command("list")
def held_list(output: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """Objects whose batch a gate holds, and why."""
    from jobs.ops.held import held_objects

    names, rows = held_objects(_warehouse())
    print_rows(names, rows, output)


@held.command("release")
def held_release(table: Annotated[str, typer.Argument(help="Table whose batch is released, such as work_record.")]) -> None:
    """Let a held batch through: the next `ntm run` loads it whatever the gate says."""
    _decide(table, approve=True)


@held.command("discard")
def held_discard(table: Annotated[str, typer.Argument(help="Table whose batch is discarded, such as work_record.")]) -> None:
    """Never load a held batch."""
    _decide(table, approve=False)


def _decide(table: str, *, approve: bool) -> None:
    from jobs.lock import workspace_lock
    from jobs.ops.held import decide

    settings, warehouse = get_settings(), _warehouse()
    with workspace_lock(settings.home):
        count = decide(warehouse, table, approve=approve)
    say(f"{count} objects of {table} {'load with the next run' if approve else 'are discarded'}")


if __name__ == "__main__":
    main()
