"""The `nbtrack` command: list runs, tidy a store, and look after its health.

Exit codes: 0 all well; 1 the store has a problem or cannot be used; 2 the command line cannot be understood.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NbtrackError, NotFoundError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.query.run import Run


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: arguments without the program's name; None takes them from the command line.

    Returns:
        The exit code.

    Example:
        >>> main(["runs", "digits", "--limit", "5"])
    """
    args = _parser().parse_args(argv)
    try:
        code: int = args.command(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output has gone (`nbtrack runs | head`); keep Python quiet about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UsageError as error:
        print(f"nbtrack: {error}", file=sys.stderr)
        return 2
    except (NbtrackError, OSError) as error:
        print(f"nbtrack: {error}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nbtrack", description="Look at and look after an nbtrack store.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--store", metavar="PATH", help="the store; default $NBTRACK_DIR or ./nbtrack")

    runs = commands.add_parser("runs", parents=[shared], help="list runs")
    runs.add_argument("project", nargs="?", help="PROJECT or ENTITY/PROJECT; default all")
    runs.add_argument(
        "--filter", metavar="JSON", help="""W&B's filters, as in '{"config.lr": {"$lt": 0.1}}'"""
    )
    runs.add_argument(
        "--sort",
        metavar="KEY",
        default="-created_at",
        help="field to sort by; descending as --sort=-summary_metrics.acc (default -created_at)",
    )
    runs.add_argument("--limit", type=_count, metavar="N", help="at most N runs")
    runs.add_argument("--json", action="store_true", help="a JSON array with config and summary")
    runs.set_defaults(command=_runs)

    tidy = commands.add_parser(
        "tidy", parents=[shared], help="finish what killed writers left, and seal closed logs into Parquet"
    )
    tidy.add_argument("--run", action="append", metavar="ID", help="only this run (may be repeated)")
    tidy.set_defaults(command=_tidy)

    doctor = commands.add_parser("doctor", parents=[shared], help="report on the store and the installation")
    doctor.set_defaults(command=_doctor)

    fsck = commands.add_parser("fsck", parents=[shared], help="look for damage; changes nothing")
    fsck.set_defaults(command=_fsck)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def _runs(args: argparse.Namespace) -> int:
    from nbtrack.query.api import Api

    filters = None
    if args.filter is not None:
        try:
            filters = json.loads(args.filter)
        except json.JSONDecodeError as error:
            raise UsageError(f"--filter is not JSON: {error}") from None
    runs = Api(dir=args.store).runs(args.project, filters=filters, order=args.sort)
    chosen = list(runs[: args.limit])
    if args.json:
        print(json.dumps([_strict(_as_json(run)) for run in chosen], indent=2, ensure_ascii=False))
        return 0
    _table(
        ("ID", "NAME", "PROJECT", "STATE", "CREATED", "DURATION", "STEP"),
        [
            (
                run.id,
                run.name,
                run.project,
                run.state,
                f"{datetime.fromisoformat(run.created_at).astimezone():%Y-%m-%d %H:%M}",
                _duration(run.duration),
                str(run.lastHistoryStep) if run.lastHistoryStep >= 0 else "",
            )
            for run in chosen
        ],
    )
    if len(chosen) < len(runs):
        print(f"… {len(runs) - len(chosen)} more")
    return 0


def _tidy(args: argparse.Namespace) -> int:
    from nbtrack.query.api import open_store
    from nbtrack.store.tidy import tidy
    from nbtrack.tracking.recover import recover

    store = open_store(args.store)
    for run_id in args.run or ():
        if store.run_dir(run_id) is None:
            raise NotFoundError(f"no run {run_id!r} in {store.root}")
    store.require_writable()
    recovered = sum(recover(store, run_id) for run_id in args.run or [None])
    report = tidy(store, args.run)
    if recovered:
        print(f"encoded {recovered} media of killed processes")
    print(report)
    return 1 if report.failures else 0


def _doctor(args: argparse.Namespace) -> int:
    from nbtrack.query.api import open_store
    from nbtrack.store.check import doctor

    try:
        report = doctor(open_store(args.store))
    except StoreError:  # the report says what is wrong with it
        report = doctor(args.store)
    print(report)
    return 0 if report.ok else 1


def _fsck(args: argparse.Namespace) -> int:
    from nbtrack.query.api import open_store
    from nbtrack.store.check import fsck

    store = open_store(args.store)
    problems = fsck(store)
    for problem in problems:
        print(f"{problem.path}:{problem.offset}: {problem.what}")
    print(f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in {store.root}")
    return 1 if problems else 0


def _as_json(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "entity": run.entity,
        "project": run.project,
        "state": run.state,
        "created_at": run.created_at,
        "heartbeat_at": run.heartbeat_at,
        "duration": run.duration,
        "step": run.lastHistoryStep,
        "tags": run.tags,
        "notes": run.notes,
        "group": run.group,
        "job_type": run.job_type,
        "config": run.config,
        "summary": run.summary_metrics,
    }


def _strict(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become the strings that Python and JavaScript read as numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {k: _strict(v) for k, v in value.items()}
    return [_strict(v) for v in value] if isinstance(value, list) else value


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    lines = [head, *[tuple(" ".join(_printable(cell).split()) for cell in row) for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _printable(text: str) -> str:
    """Names come from anywhere: control characters must not reach the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _duration(seconds: float) -> str:
    minutes, s = divmod(int(max(0.0, seconds)), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}h {m:02d}m" if hours else f"{m}m {s:02d}s" if m else f"{s}s"


if __name__ == "__main__":
    sys.exit(main())
