"""The `ntm` command."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from jobs.errors import NtmError, QueryError, RunFailedError, SourceError, UsageError
from jobs.machine import full_disk
from jobs.publish.query_text import QueryCommand, QuietGroup, query_text
from jobs.publish.results import SHOWN_ROWS, Format, ResultFormat, format_of, print_answer, print_rows, rows_in_words, write_answer
from jobs.publish.terminal import place_for_people, say, say_folded, warn
from jobs.publish.values import indented_json, json_text
from jobs.runtime.file_modes import keep_private
from jobs.runtime.interpreter import collect_seldom, end_process
from jobs.settings import get_settings, path_of, require_restored, require_workspace
from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from jobs.backup.take import BackedUp
    from jobs.engine.tables import Warehouse
    from jobs.publish.released import Answer
    from jobs.publish.report import Report
    from jobs.settings import Settings

app = typer.Typer(cls=QuietGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help="The NTM warehouse.")
quarantine = typer.Typer(no_args_is_help=True, help="Rejected rows, with reasons.")
held = typer.Typer(no_args_is_help=True, help="Batches that a gate holds.")
app.add_typer(quarantine, name="quarantine")
app.add_typer(held, name="held")
site = typer.Typer(no_args_is_help=True, help="The report as static pages.")
app.add_typer(site, name="site")
export = typer.Typer(no_args_is_help=True, help="Files that leave the warehouse.")
app.add_typer(export, name="export")

INTERRUPTED = 130
DEMO_PROVINCE, DEMO_SEED = "40", 7
DEMO_FROM, DEMO_TO = date(2025, 1, 1), date(2025, 6, 30)


Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but the result.")]
Force = Annotated[bool, typer.Option("--force", help="Take a day before the first record or after today too.")]
DayOfRelease = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="As-of day; default: that of the newest release, else today.")
]
Approve = Annotated[
    bool,
    typer.Option(
        "--approve", help="Release what changed definitions move (`ntm plan`), though more than NTM_APPROVE_OVER; for this run alone."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", metavar="YYYY-MM-DD", help="From what had been received by the end of that day, in Vietnam.")
]


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version
        from platform import python_version

        parts = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "deltalake", "pysail", "apache-airflow"))
        print(f"ntm {version('ntm-warehouse')} (Python {python_version()}, {parts})")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """The NTM warehouse."""


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


def _stop_on_signals() -> None:
    """Before anything large is imported; and what a command needs that stops nothing is imported here alone."""
    from jobs.runtime.stop import stop_on_signals

    stop_on_signals(get_settings().home)


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


class _AsOf(NamedTuple):
    """The as-of day of a run.

    Attributes:
        day: None: today in Vietnam, decided in the run's steps.
        force: take it though it is an odd one.
        release: whose day it is, where nobody asked for one.
    """

    day: date | None
    force: bool
    release: int | None = None

    def in_words(self) -> str:
        """The day as a person is told of it."""
        of = "" if self.release is None else f" (the day of release {self.release}; --date takes another)"
        return f"{self.day or 'today'}{of}"


def _asked_day(text: str | None, *, force: bool) -> _AsOf:
    """The day that was asked for, else today; said where it is an odd one that was forced."""
    from jobs.engine.tables import Warehouse
    from jobs.run import require_usual_day

    day = _day(text, "--date")
    odd = require_usual_day(Warehouse.of(get_settings()), day, force=force, names=("--date", "--force"))
    if odd:
        warn(odd)
    return _AsOf(day, force)


def _day_of_release(text: str | None, *, force: bool) -> _AsOf:
    """The day that was asked for, else the newest release's: reading again what was released is no reason to move the figures of a day to another one.

    A release's day was taken once, so it needs no force, whatever is odd about it.
    """
    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import last_release

    release = last_release(Warehouse.of(get_settings()))
    if text is not None or release is None or release.as_of is None:
        return _asked_day(text, force=force)
    return _AsOf(release.as_of, force=True, release=release.sequence)


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
    documents: Annotated[int | None, typer.Option(help="Documents between agencies (edXML); default: one a working day.")] = None,
    sheets: Annotated[bool, typer.Option("--sheets/--no-sheets", help="Write the registry sheets that targets are judged by.")] = True,
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
        documents=documents,
        unreadable_files=unreadable,
        sheets=sheets,
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
    approve: Approve = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the DAGs, in order, for everything that waits in the landing zone."""
    _stop_on_signals()
    raise typer.Exit(_run(_asked_day(as_of, force=force), approve=approve, as_json=as_json, quiet=quiet))


def _run(
    as_of: _AsOf,
    *,
    approve: bool = False,
    as_json: bool = False,
    quiet: bool = False,
    wait_for: Callable[[], object] | None = None,
) -> int:
    from jobs.lock import writer_lock
    from jobs.log import configure

    settings = get_settings()
    keep_private(settings)
    configure(None, quiet=quiet or as_json)
    # Before anything that takes seconds: a second run beside one is refused at once.
    with writer_lock(settings):
        if not quiet:
            print(f"running as of {as_of.in_words()} in {visible(settings.home)}; Ctrl-C stops it", file=sys.stderr, flush=True)
        return _run_locked(settings, as_of, approve=approve, as_json=as_json, quiet=quiet, wait_for=wait_for)


def _run_locked(
    settings: Settings,
    as_of: _AsOf,
    *,
    approve: bool,
    as_json: bool,
    quiet: bool,
    wait_for: Callable[[], object] | None,
) -> int:
    from jobs.extract.pull import require_usable_sources
    from jobs.extract.sources import is_any_pulled
    from jobs.landing.storage import require_landing
    from jobs.publish.summary import exit_code, print_summary, summary_of
    from jobs.runtime.airflow import run_dags, run_steps
    from jobs.runtime.side_process import SideProcess

    require_restored(settings.home)
    _require_known_key()
    require_landing(settings)
    require_usable_sources(settings)
    with SideProcess("jobs.steps", quiet=quiet or as_json) as steps:
        # What is pulled is always asked for; where nothing is, a second of looking whether anything waits may spare Airflow's start.
        if wait_for is None and not is_any_pulled(settings) and not steps.call("look"):
            outcome = run_steps(as_of.day, steps.call, force=as_of.force, approve=approve)
        else:
            steps.begin("prepare")

            def ready() -> None:
                steps.result()
                if wait_for:
                    wait_for()

            outcome = run_dags(as_of.day, force=as_of.force, approve=approve, call_step=steps.call, wait_for=ready)
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
    from jobs.lock import writer_lock
    from jobs.log import configure
    from jobs.runtime.side_process import SideProcess

    settings = get_settings()
    require_workspace(settings)
    keep_private(settings)
    configure(None, quiet=quiet)
    with writer_lock(settings), SideProcess("jobs.steps", quiet=quiet) as steps:
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
    as_of: DayOfRelease = None,
    force: Force = False,
    approve: Approve = False,
    quiet: Quiet = False,
) -> None:
    """Change the key of personal data: read everything that landed again under the key that is set now, and run."""
    _stop_on_signals()
    # Before the step: with a wrong day nothing is started.
    day = _day_of_release(as_of, force=force)
    done = _step("retokenise", quiet=quiet, approve=approve)
    if not quiet:
        print(f"{done['objects']:,} objects are read again under the new key; {done['tombstones']:,} secret records stay hidden")
    raise typer.Exit(_run(day, approve=approve, quiet=quiet))


@app.command()
def rebuild(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables that landed objects feed, such as work_record.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    approve: Approve = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Rebuild tables from the landing zone, compare them with the last release, and release them."""
    _stop_on_signals()
    from jobs.publish.summary import print_rebuilt

    if bool(tables) == everything:
        raise UsageError("expected the names of tables, or --all")
    outcome = _step("rebuild", quiet=quiet or as_json, tables=None if everything else tables, approve=approve)
    if as_json:
        print(json_text(outcome))
    elif not quiet:
        print_rebuilt(outcome)
    if outcome["standardise"]["held"] or outcome["standardise"]["waiting"]:
        raise typer.Exit(SourceError.exit_code)


@app.command()
def backup(
    place: Annotated[
        str,
        typer.Argument(metavar="FOLDER|ADDRESS", help="A folder, or s3://bucket/prefix; once more: only what is new.", show_default=False),
    ],
    release: Annotated[
        int | None,
        typer.Option(
            "--release", metavar="N", help="An earlier release, by its number in ntm status; default: the newest, and what waits after it."
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--with-key", metavar="FILE", help="Write the key of personal data to this new file, to be kept apart; default: no copy of it."
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Copy the workspace: a release with its tables, the landing zone, watermarks, results of checks, exports, Airflow's history. Also beside a run."""
    from jobs.backup.take import back_up
    from jobs.log import configure

    configure(None, quiet=quiet or as_json)
    done = back_up(get_settings(), _warehouse(), place, number=release, key_file=key_file and key_file.absolute())
    _say_backed_up(done, as_json=as_json, quiet=quiet)
    if done.kept:
        warn(f"gone from the landing zone, though their rows are in the tables; the back-up still has them: {', '.join(done.kept)}")
    if done.unread:
        warn(f"not in the back-up, since this user may not read them: {', '.join(done.unread)}")
        raise typer.Exit(SourceError.exit_code)


def _say_backed_up(done: BackedUp, *, as_json: bool, quiet: bool) -> None:
    manifest = done.manifest
    if as_json:
        held = {
            "release": manifest.number,
            "files": len(manifest.files),
            "bytes": manifest.size,
            "key_fingerprint": manifest.key_fingerprint,
        }
        copied = {"copied": done.copied, "copied_bytes": done.copied_bytes, "kept": done.kept, "unread": done.unread}
        print(json_text({"place": done.place, **held, **copied, "key_file": done.key_file and str(done.key_file)}))
    elif not quiet:
        say(
            f"{done.place}: release {manifest.number} as of {manifest.release['as_of']}, {len(manifest.files):,} files, {manifest.size / 1e6:,.1f} MB;"
            f" copied now: {done.copied:,} files, {done.copied_bytes / 1e6:,.1f} MB"
        )
        say_folded("it holds what landed, personal data in clear too: keep it as safe as the workspace itself")
        if done.key_file:
            say_folded(f"the key of personal data is in {done.key_file}: keep it apart from the back-up")
        else:
            say_folded("the key of personal data is not in it, and a restore needs it: keep a copy apart (--with-key writes one)")


@app.command("restore")
def restore_backup(
    place: Annotated[str, typer.Argument(metavar="FOLDER|ADDRESS", help="Where `ntm backup` wrote it.", show_default=False)],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make an empty workspace (NTM_HOME, NTM_LANDING, NTM_WAREHOUSE) the one that a back-up was taken of; needs its key of personal data."""
    from jobs.backup.restore import restore
    from jobs.log import configure

    settings = get_settings()
    keep_private(settings)
    configure(None, quiet=quiet or as_json)
    manifest = restore(settings, place)
    if as_json:
        print(json_text({"home": str(settings.home), "release": manifest.number, "files": len(manifest.files), "bytes": manifest.size}))
    elif not quiet:
        say(
            f"{place_for_people(str(settings.home))}: release {manifest.number} as of {manifest.release['as_of']}, {len(manifest.files):,} files,"
            f" {manifest.size / 1e6:,.1f} MB, each as it was backed up"
        )


@app.command()
def demo(
    provinces: Annotated[
        str, typer.Option(metavar="CODE,…", help="GSO codes of provinces that have a plan, or all.", show_default=True)
    ] = DEMO_PROVINCE,
    quiet: Quiet = False,
) -> None:
    """Generate the first half of 2025 of Nghệ An or other provinces, run the DAGs over it, and compare all targets with the generator's truth."""
    _stop_on_signals()
    from jobs.border.tokens import make_key
    from jobs.publish.demo import compare_with_truth
    from jobs.publish.report import provinces_with_plan, require_plan
    from jobs.runtime.side_process import SideProcess
    from jobs.sample.plan import SamplePlan
    from jobs.sample.truth import truth_path

    settings = get_settings()
    codes = list(provinces_with_plan()) if provinces == "all" else provinces.split(",")
    require_plan("--provinces", codes)
    if settings.pii_key is None and settings.pii_key_file is None:
        settings.home.mkdir(parents=True, exist_ok=True)
        make_key(settings.home / "pii.key")
    plans = [SamplePlan(province=code, date_from=DEMO_FROM, date_to=DEMO_TO, seed=DEMO_SEED) for code in dict.fromkeys(codes)]
    truths = {plan.province: truth_path(plan, settings.home / "truth") for plan in plans}
    missing = [plan for plan in plans if not truths[plan.province].exists()]
    # The demo's day is its own, also in a workspace whose records begin later.
    run = partial(_run, _AsOf(DEMO_TO, force=True), quiet=quiet)
    if missing:
        # Beside Airflow's start: either takes one core.
        with SideProcess("jobs.sample.terminal", quiet=quiet) as generator:
            generator.begin("generate_all_shown", missing, quiet=quiet)
            code = run(wait_for=generator.result)
    else:
        code = run()
    if code not in (0, SourceError.exit_code):
        raise typer.Exit(code)
    for plan in plans:
        _print_report(_report(plan.province, DEMO_TO), Format.TABLE)
    equal = [compare_with_truth(_warehouse(), truths[plan.province], DEMO_TO) for plan in plans]
    say(_build_site(None, list(truths)))
    raise typer.Exit(code if all(equal) else RunFailedError.exit_code)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def airflow(context: typer.Context) -> None:
    """Run Airflow's own command line (`ntm airflow dags list`) on this workspace's scheduler."""
    from jobs.runtime.airflow import airflow_command

    raise typer.Exit(airflow_command(context.args))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file as it would be sent: CSV, XLSX or NDJSON.", show_default=False)],
    dataset: Annotated[
        str | None, typer.Option(metavar="SOURCE/DATASET", help="What it is, such as registry/villages; default: what its columns say.")
    ] = None,
    as_json: AsJson = False,
    vi: Annotated[bool, typer.Option("--vi", help="In Vietnamese, with the sheet's own headers; --json stays as it is.")] = False,
) -> None:
    """Judge one file before it is sent, by its cells; needs no workspace and writes nothing."""
    from jobs.engine.loopback import enter_user_namespace
    from jobs.publish.checked import print_checked

    # Before there is a second thread.
    enter_user_namespace()
    from jobs.silver.check import check_file

    found = check_file(get_settings(), file, dataset)
    if as_json:
        print(json_text(asdict(found)))
    else:
        print_checked(file.name, found, in_vietnamese=vi)
    raise typer.Exit(0 if found.is_right else SourceError.exit_code)


@app.command()
def template(
    sheet: Annotated[str, typer.Argument(help="Sheet, such as registry/villages or villages.", show_default=False)],
    unit: Annotated[str | None, typer.Option(help="Code of the sender's province, district or commune; default: all units.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE.xlsx", help="Default: named like the sheet, here.")] = None,
) -> None:
    """Write an officer's workbook for a sheet: headers, what each column takes, drop-downs, the units of his area."""
    from jobs.publish.template import template_of, write_template
    from jobs.vietnam import VIETNAM

    made = template_of(sheet, unit, datetime.now(VIETNAM).date())
    target = output or Path(f"{str(made.contract.landing).rpartition('/')[2]}.xlsx")
    write_template(made, target)
    listed = f", {len(made.units):,} units listed" if made.units else ""
    say(f"{target}: the template of {made.contract.landing}{listed}")
    if unit is not None and not made.units:
        say(f"{made.contract.landing} names no unit: --unit makes no difference")


@app.command()
def report(
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default all.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD")] = None,
    known_at: KnownAt = None,
    indicator: Annotated[list[str] | None, typer.Option(help="Only this indicator; may be given several times.")] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="Only this level: province, district, commune, …; may be given several times.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="GSO code of a unit: its own figures, with names, in place of targets.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Rows with names, value and target in one unit: those of gold.scorecard.")] = False,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """The ratios and targets, as of a day; also as they were known on a day; or the figures of a unit."""
    from jobs.publish.report import chosen, report_as_known

    day, known_day = _day(as_of, "--as-of"), _day(known_at, "--known-at")
    if unit is not None:
        if province is not None or known_day is not None:
            raise UsageError("--unit goes with neither --province nor --known-at")
        _print_unit(unit, day, indicator or [], level or [], output)
        return
    if known_day is None:
        found = _report(province, day)
    else:
        with _engine_at_hand():
            found = report_as_known(get_settings(), _warehouse(), province, known_day, day)
    _print_report(chosen(found, indicator or [], level or []), output, names=names)


def _print_unit(unit: str, day: date | None, indicators: Sequence[str], levels: Sequence[str], output: Format) -> None:
    from jobs.publish.unit_figures import SHOWN, chosen_figures, unit_figures

    rows = chosen_figures(unit_figures(_warehouse(), unit, day), indicators, levels)
    if output is Format.TABLE and rows:
        say(f"{rows[0]['unit_name']} ({unit}, since {rows[0]['unit_valid_from']}) as of {rows[0]['period_end']}")
    shown = SHOWN if output is Format.TABLE else list(rows[0]) if rows else []
    if output is Format.TABLE:
        rows = [{**row, "value": None if row["value"] is None else round(row["value"], 2)} for row in rows]
    print_rows(shown, ([row[name] for name in shown] for row in rows), output, f"there are no figures of unit {unit} on that day")


@contextmanager
def _engine_at_hand() -> Iterator[None]:
    """For a command that reads, and may need the engine for it; to be entered before there is a second thread."""
    from jobs.engine.loopback import enter_user_namespace

    enter_user_namespace()
    from jobs.engine.session import engine_errors_named

    with engine_errors_named():
        yield


def _report(province: str | None, as_of: date | None) -> Report:
    from jobs.publish.report import report

    return report(_warehouse(), province, as_of)


def _print_report(found: Report, output: Format, *, names: bool = False) -> None:
    from jobs.publish.report import with_names
    from jobs.publish.targets import print_targets, staleness

    rows = with_names(found) if names else found.rows
    if found.known and output is not Format.TABLE:
        warn(found.known)
    if found.redefined:
        warn(f"changed since this release: {', '.join(found.redefined)}; `ntm run` recomputes what they make")
    if output is Format.TABLE and not names:
        print_targets(found)
    else:
        print_rows(list(rows[0]) if rows else [], (tuple(row.values()) for row in rows), output, "no target is judged on that day")
        # The rows have the columns of gold/target_status and no more.
        for sentence in staleness(found):
            warn(sentence)


@app.command()
def plan(as_json: AsJson = False) -> None:
    """Which released figures would move by definitions that changed since: plans, settings, indicators. Nothing is written."""
    from jobs.publish.planned import as_plain, planned, print_planned

    found, limit = planned(_warehouse()), get_settings().approve_over
    if as_json:
        print(json_text(as_plain(found, limit)))
    else:
        print_planned(found, limit)


@app.command()
def forecast(
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default all.")] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Where each target that is not met will stand on its last day, if it goes on as it has; with an 80 % interval."""
    from jobs.publish.forecast import forecasts
    from jobs.publish.report import require_plan

    require_plan("--province", [province] if province else [])
    rows = [asdict(one) for one in forecasts(_warehouse(), province)]
    if output is Format.TABLE:
        rows = [{name: round(value, 1) if isinstance(value, float) else value for name, value in row.items()} for row in rows]
    nothing = "no target is open: all are met, cannot be judged, or were judged for good"
    print_rows(list(rows[0]) if rows else [], (tuple(row.values()) for row in rows), output, nothing)
    if output is Format.TABLE and any(row["is_high_cut"] for row in rows):
        say_folded(
            "is_high_cut: the interval is cut at 100 %, since no share can be above it; where the cut alone makes it 100 %, that proves nothing"
        )


@app.command()
def series(
    indicator: Annotated[str, typer.Argument(help="Indicator, such as work_records_online.", show_default=False)],
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default all.")] = None,
    level: Annotated[str | None, typer.Option(help="Level of the agency or population; default all.")] = None,
    units_of: Annotated[
        str | None, typer.Option("--units-of", metavar="YYYY-MM-DD", help="For the units of that day; default: each value's own unit.")
    ] = None,
    from_day: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="Periods that end on that day or later.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Periods that end on that day or before.")] = None,
    breakdown: Annotated[str, typer.Option(metavar="DIMENSION=VALUE", help="Such as stars=4; default: the total.")] = "",
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """An indicator by months, for the units of a chosen day where succession is whole."""
    from jobs.publish.series import series as series_of

    days = {"units_of": _day(units_of, "--units-of"), "from_day": _day(from_day, "--from"), "to_day": _day(to_day, "--to")}
    rows = series_of(_warehouse(), indicator, province=province, level=level, breakdown=breakdown, **days)
    nothing = "no value of that in the release"
    print_rows(list(rows[0]) if rows else [], (tuple(row.values()) for row in rows), output, nothing)
    if not rows and output is not Format.TABLE:
        warn(nothing)


@app.command()
def criteria(
    unit: Annotated[str, typer.Option(help="Code of a commune, district or province on the day.", show_default=False)],
    standard: Annotated[
        str | None, typer.Option(help="ntm, advanced, exemplary, modern or completed; default: the first with a set.")
    ] = None,
    set_id: Annotated[str | None, typer.Option("--set", help="A set of silver.criteria_set; default: the one in force.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Default: the release's day.")] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Which criteria of a set a unit meets and which it still lacks, as of a day."""
    from jobs.publish.criteria import criteria_of, print_criteria, remarks

    found = criteria_of(_warehouse(), unit, standard, set_id, _day(as_of, "--as-of"))
    if output is Format.TABLE:
        print_criteria(found)
        return
    print_rows(list(found.rows[0]) if found.rows else [], (tuple(row.values()) for row in found.rows), output)
    for sentence in remarks(found):
        warn(sentence)


@app.command()
def flags(
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default all.")] = None,
    flag: Annotated[str | None, typer.Option(help="Only contradictions of this kind.")] = None,
    unit: Annotated[str | None, typer.Option(help="GSO code of a unit; what lies in it too.")] = None,
    output: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Contradictions between records: unit, day, reason, and the rows behind them."""
    from jobs.publish.flags import COLUMNS, flags_of, print_flags

    day, rows = flags_of(_warehouse(), province=province, flag=flag, unit=unit)
    if output is Format.TABLE:
        print_flags(day, rows)
    else:
        print_rows(COLUMNS, (tuple(row.values()) for row in rows), output)


@app.command(cls=QueryCommand)
def sql(
    query: Annotated[str | None, typer.Argument(help="SELECT … over tables written layer.table; - or none: from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A file with the query.")] = None,
    output: Annotated[ResultFormat | None, typer.Option("--format", help="Default: what FILE is called, else table.")] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write all rows to a file: .csv .json .parquet .md .xlsx. A .csv is for a spreadsheet: it begins with a byte order mark,"
            " by which Excel reads its letters, and text that would be a formula has a ' before it. On standard output CSV has neither.",
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--force", help="Replace the file where it is there.")] = False,
    everything: Annotated[bool, typer.Option("--all", help=f"Show more than {SHOWN_ROWS:,} rows on a terminal.")] = False,
    release: Annotated[
        int | None, typer.Option("--release", metavar="N", help="The tables as of an earlier release, by its number in ntm status.")
    ] = None,
    known_at: KnownAt = None,
) -> None:
    """Analysts' SQL over the released tables, without a JVM: what reads is answered as in the DuckDB shell.

    Without a query, on a terminal, it asks for one after another.
    """
    day = _day(known_at, "--known-at")
    if release is not None and day is not None:
        raise UsageError("expected --release or --known-at, not both")
    if query is None and file is None and sys.stdin.isatty() and sys.stdout.isatty():
        if output is not None or target is not None or replace:
            raise UsageError("--format and --output are for one query: give it, or leave them out and ask for one after another")
        _shell(release, day)
        return
    text, form = query_text(query, file), format_of(output, target, force=replace)
    with _asking(release, day) as ask, ask(text) as answer:
        if target is None:
            print_answer(answer, form, limit=None if everything else SHOWN_ROWS)
            return
        rows, guarded = write_answer(answer, form, target)
        say(f"{rows_in_words(rows)} in {target}")
        if guarded:
            warn(
                f"{guarded:,} cells begin like a formula and have a ' before them; --format csv without --output, JSON and Parquet have none"
            )


def _shell(number: int | None, day: date | None) -> None:
    if day is None:
        from jobs.publish.released import queried_tables, release_numbered, require_release

        # One release for all queries, also where another is made meanwhile.
        release = require_release(_warehouse()) if number is None else release_numbered(_warehouse(), number)
        name, number, tables = f"release {release.sequence} as of {release.as_of}", release.sequence, queried_tables(release)
    with _asking(number, day) as ask:
        from jobs.publish.shell import run_shell

        if day is not None:
            from jobs.publish.known import tables_of_a_day

            name, tables = f"as known at the end of {day}", tables_of_a_day()
        run_shell(ask, tables, get_settings().home, name)


@contextmanager
def _asking(number: int | None, day: date | None) -> Iterator[Callable[[str], AbstractContextManager[Answer]]]:
    """How a query is asked: of the last release or that of a number, or of the tables as known at the end of a day."""
    if day is None:
        from jobs.publish.released import query, release_numbered

        warehouse = _warehouse()
        release = None if number is None else release_numbered(warehouse, number)
        yield lambda text: nullcontext(query(warehouse, text, release))
        return
    with _engine_at_hand():
        from jobs.publish.known import query_as_known

        @contextmanager
        def ask(text: str) -> Iterator[Answer]:
            with query_as_known(get_settings(), _warehouse(), text, day) as (answer, sentence):
                warn(sentence)
                yield answer

        yield ask


@site.command("build")
def site_build(
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Default: NTM_HOME/site.")] = None,
    province: Annotated[str | None, typer.Option(help="GSO code of a province; default: all with a plan and figures.")] = None,
    open_data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Open data of the release; default: where ntm export open-data wrote it, if it has."),
    ] = None,
    with_open_data: Annotated[
        bool, typer.Option("--with-open-data", help="Have all files of the open data in the site, not the small ones alone.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write the pages of the last release; they need no server and no network."""
    folder = _build_site(output, [province] if province else None, open_data, with_open_data=with_open_data)
    if not quiet:
        say(folder)


def _build_site(
    output: Path | None, provinces: Sequence[str] | None, open_data: Path | None = None, *, with_open_data: bool = False
) -> str:
    """Build the site; gives the sentence that names its first page."""
    from expectations.data_docs import pages_folder
    from jobs.publish.report import require_plan
    from jobs.publish.site.addresses import HOME
    from jobs.publish.site.build import Beside, build_site
    from jobs.publish.site.mark import default_folder

    require_plan("--province", provinces or [])
    found = (open_data.resolve() if open_data else None) or _exported_open_data(is_needed=with_open_data)
    folder = output.resolve() if output else default_folder(get_settings().home)
    is_asked = with_open_data or open_data is not None
    beside = Beside(pages_folder(get_settings().home), found, with_open_data, is_asked, get_settings().boundaries)
    built = build_site(_warehouse(), folder, provinces, beside)
    for sentence in built.told:
        warn(sentence)
    return f"the report of {', '.join(built.provinces)}: {(folder / HOME).as_uri()} ({built.pages:,} pages, {built.size / 1e6:.0f} MB, {built.seconds:.0f} s)"


def _exported_open_data(*, is_needed: bool) -> Path | None:
    """Where the open data of the last release stands; None: nobody has exported it."""
    from jobs.publish.exports.open_data.build import release_name
    from jobs.publish.released import require_release

    folder = _open_data_parent() / release_name(require_release(_warehouse()))
    if folder.is_dir():
        return folder
    if is_needed:
        raise UsageError("--with-open-data: there is no open data of this release yet; run `ntm export open-data` first")
    return None


def _open_data_parent() -> Path:
    return (get_settings().home / "exports" / "open-data").resolve()


@export.command("report")
def export_report(
    province: Annotated[str | None, typer.Option(help="GSO code of a province that has a plan.")] = None,
    period: Annotated[str | None, typer.Option(metavar="PERIOD", help="2025-05, 2025-Q2, 2025-H1 or 2025.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="The period up to that day.")] = None,
    scheme: Annotated[str, typer.Option(help="calendar, or nd09: up to the 14th, by NĐ 09/2019.")] = "calendar",
    unit: Annotated[str | None, typer.Option(help="GSO code of a unit of the province; default: the province.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Default: NTM_HOME/exports/report/….")] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="FOLDER", help="Which figures of a report have changed since it was made.")
    ] = None,
) -> None:
    """The official report of a period: workbook, Word, PDF, the layouts of QĐ 766; into a new folder, which keeps what was sent."""
    from jobs.publish.exports.report.build import CHANGE_COLUMNS, changed_since
    from jobs.publish.exports.report.build import export_report as export

    if compare is not None:
        release, changes = changed_since(_warehouse(), compare)
        if changes:
            print_rows(CHANGE_COLUMNS, changes, Format.TABLE)
        say(f"{len(changes):,} figures or files differ from what was sent from release {release}")
        return
    if province is None or period is None:
        raise UsageError("expected --province and --period, or --compare with the folder of a report")
    done = export(
        *(_warehouse(), get_settings().home, province, period), scheme=scheme, to_day=_day(to_day, "--to"), unit=unit, output=output
    )
    if done.without_pdf:
        warn(done.without_pdf)
    say(f"{done.folder}: {', '.join(done.files)}")


@export.command("pilot")
def export_pilot(
    unit: Annotated[str, typer.Option(help="GSO code of a pilot district of data standardisation.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Default: NTM_HOME/exports/pilot/….")] = None,
) -> None:
    """What a pilot district of data standardisation shows its visitors: a page and a workbook, into a new folder."""
    from jobs.publish.exports.pilot.build import export_pilot as export

    done = export(_warehouse(), get_settings().home, unit, output)
    say(f"{done.folder}: {', '.join(done.files)}")


@export.command("open-data")
def export_open_data(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Default: NTM_HOME/exports/open-data/<release>.")
    ] = None,
    replace: Annotated[bool, typer.Option("--force", help="Replace the folder where it has another content.")] = False,
) -> None:
    """The tables that are published, with small figures hidden: CSV, Parquet, data package, DCAT, SDMX, a map."""
    from jobs.publish.exports.open_data.build import export_open_data as write
    from jobs.publish.exports.open_data.terminal import print_exported

    print_exported(write(_warehouse(), _open_data_parent(), output.resolve() if output else None, force=replace))


@export.command("views")
def export_views(
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: NTM_HOME/exports/views.duckdb.")] = None,
) -> None:
    """A DuckDB file of views over the files of the last release, for those who have DuckDB alone."""
    from jobs.publish.exports.views import export_views as write

    target = (output or get_settings().home / "exports" / "views.duckdb").resolve()
    release, views = write(_warehouse(), target)
    say(f"{target}: {views:,} views of release {release.sequence} (as of {release.as_of}); open it with `duckdb -readonly`")
    say(
        "it holds no rows: it goes with the warehouse where it stands, and with this release until maintenance deletes its files; then write it again"
    )


@app.command()
def status(as_json: AsJson = False) -> None:
    """Loads, freshness, quarantine counts, the last release."""
    from jobs.publish.status import print_status, status_of

    found = status_of(_warehouse(), get_settings())
    if as_json:
        print(json_text(found))
    else:
        print_status(found)


@app.command()
def doctor(
    airflow: Annotated[bool, typer.Option("--airflow", help="Have Airflow read the DAGs too, which takes some ten seconds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every part and setting of the workspace: what is wrong, and how to mend it."""
    from jobs.doctor.examine import examine
    from jobs.doctor.terminal import as_values, print_findings, worst

    findings = examine(with_airflow=airflow)
    if as_json:
        found = list(findings)
        print(json_text(as_values(found)))
    else:
        found = print_findings(findings)
    if worst(found) == "wrong":
        raise typer.Exit(RunFailedError.exit_code)


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
    print_rows(names, rows, output, "no row is in quarantine" if table is code is None else "no row of that is in quarantine")


@quarantine.command("show")
def quarantine_show(
    path: Annotated[str, typer.Argument(help="Landed path, or the start of an object's id.")],
    line: Annotated[int | None, typer.Argument()] = None,
) -> None:
    """One rejected row with its fields (personal and secret ones masked) and errors, as JSON."""
    from jobs.ops.quarantine import shown

    print(indented_json(shown(_warehouse(), path, line)))


@quarantine.command("export")
def quarantine_export(
    path: Annotated[str, typer.Argument(metavar="OBJECT", help="Landed path of a sheet, or the start of an object's id.")],
    xlsx: Annotated[
        Path, typer.Option("--xlsx", metavar="FILE.xlsx", help="The new workbook, outside of the workspace.", show_default=False)
    ],
) -> None:
    """The sender's own workbook with its bad cells marked and a comment in each, to be mended and sent again."""
    from jobs.publish.returned import return_workbook

    done = return_workbook(get_settings(), _warehouse(), path, xlsx)
    say(f"{xlsx}: {done.path} with {done.cells:,} cells marked in {done.rows:,} rows")
    if done.settled:
        say(f"{done.settled:,} rejected rows are settled by later ones and not marked")
    say("it holds what its sender wrote, personal data too: give it to the sender alone")


@quarantine.command("replay")
def quarantine_replay(
    table: Annotated[str | None, typer.Option(help="Silver table; default all.")] = None,
    as_of: DayOfRelease = None,
    force: Force = False,
    approve: Approve = False,
    quiet: Quiet = False,
) -> None:
    """Read the objects that have rejected rows (or could not be read) again, and run."""
    _stop_on_signals()
    from jobs.landing.survey import counted
    from jobs.lock import writer_lock
    from jobs.ops.quarantine import mark_for_replay

    settings, warehouse = get_settings(), _warehouse()
    day = _day_of_release(as_of, force=force)
    _require_known_key()
    with writer_lock(settings):
        marked = mark_for_replay(warehouse, table)
    if not quiet:
        say(
            f"{counted(marked, 'object')} to read again"
            if marked
            else "nothing to read again: no object has rejected rows or could not be read"
        )
    raise typer.Exit(_run(day, approve=approve, quiet=quiet) if marked else 0)


@held.command("list")
def held_list(output: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """Objects whose batch a gate holds, and why."""
    from jobs.ops.held import held_objects

    names, rows = held_objects(_warehouse())
    print_rows(names, rows, output, "no batch is held")


@held.command("release")
def held_release(table: Annotated[str, typer.Argument(help="Table whose batch is released, such as work_record.")]) -> None:
    """Let a held batch through: the next `ntm run` loads it whatever the gate says."""
    _decide(table, approve=True)


@held.command("discard")
def held_discard(table: Annotated[str, typer.Argument(help="Table whose batch is discarded, such as work_record.")]) -> None:
    """Never load a held batch."""
    _decide(table, approve=False)


def _decide(table: str, *, approve: bool) -> None:
    from jobs.lock import writer_lock
    from jobs.ops.held import decide

    settings, warehouse = get_settings(), _warehouse()
    with writer_lock(settings):
        count = decide(warehouse, table, approve=approve)
    say(f"{count} objects of {table} {'load with the next run' if approve else 'are discarded'}")


if __name__ == "__main__":
    main()
