"""`%nbtrack` and `%%nbtrack`."""

from __future__ import annotations

import ast
import json
import shlex
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import display

from nbtrack.errors import ExpressionError
from nbtrack.tracking.current import get_run

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbtrack.media.base import Media
    from nbtrack.query.run import Run as StoredRun

COMMANDS = ("status", "runs", "show", "compare", "project", "store", "resume", "help")

HELP = """\
%nbtrack                                   what is being tracked, and where
%nbtrack runs [PROJECT] [--filter 'FILTER'] [--sort KEY] [--limit N]
%nbtrack show [KEY…] [--run RUN] [--step N]  a run's panel, or what it logged under KEY
%nbtrack compare RUN RUN… | PROJECT        runs side by side, step by step
%nbtrack project [PROJECT]                 the page of a project: workspace, runs table, overview
%nbtrack store [PATH]                      show the run store, or use another from now on
%nbtrack resume RUN                        go on with an earlier run
%%nbtrack [--project P] [--name N] [--step S] [--key K] [--no-capture]
                                           run the cell as part of a run and keep what it displays
FILTER is an expression ('lr < 0.1 and state == "finished"') or W&B's JSON.
RUN is an id, or project/id. --sort -KEY sorts downwards (created_at, config.lr, summary.loss)."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See %nbtrack help.")


def _parser(command: str) -> _Parser:
    parser = _Parser(prog=f"%nbtrack {command}", add_help=False)
    add = parser.add_argument
    if command == "runs":
        add("project", nargs="?")
        add("--filter", type=run_filter)
        add("--sort", default="-created_at")
        add("--limit", type=int, default=20)
    elif command == "show":
        add("keys", nargs="*")
        add("--run")
        add("--step", type=int)
    elif command == "compare":
        add("runs", nargs="+")
    elif command == "project":
        add("project", nargs="?")
    elif command == "store":
        add("path", nargs="?")
    elif command == "resume":
        add("run")
    elif command == "cell":
        add("--project")
        add("--name")
        add("--step", type=int)
        add("--key")
        add("--no-capture", action="store_true")
    return parser


@magics_class
class NbtrackMagics(Magics):  # type: ignore[misc]
    """The `%nbtrack` line magic and the `%%nbtrack` cell magic."""

    @line_cell_magic  # type: ignore[untyped-decorator]
    def nbtrack(self, line: str, cell: str | None = None) -> Any:
        """Track experiments. `%nbtrack help` lists the commands."""
        words = joined_values(shlex.split(line))
        if cell is not None:
            return self._cell(_parser("cell").parse_args(words), cell)
        command = words[0] if words else "status"
        if command not in COMMANDS:
            raise UsageError(f"%nbtrack has no command {command!r}; it has {', '.join(COMMANDS)}.")
        return getattr(self, f"_{command}")(_parser(command).parse_args(words[1:]))

    def _status(self, _args: Namespace) -> None:
        run = get_run()
        if run is None:
            from nbtrack.store.layout import default_root

            print(f"No run is open. Runs are kept in {shown_path(default_root())}.")
        else:
            print(f"{run.name} ({run.path}), step {run.step}, kept in {shown_path(run.store.root)}")

    def _runs(self, args: Namespace) -> Any:
        from nbtrack.query.api import Api
        from nbtrack.query.grammar import shown

        try:
            runs = Api().runs(args.project, filters=args.filter, order=sort_order(args.sort))
        except ExpressionError as error:
            raise UsageError(f"{error}\n{shown(args.filter, error)}") from None
        return runs[: args.limit]

    def _show(self, args: Namespace) -> Any:
        from nbtrack.panels.show import show

        run = stored_run(args.run)
        if not args.keys:
            return show(run)
        for key in args.keys:
            values = run.media(key, step=args.step)
            for media in values:
                display(media)
            if not values:
                print(f"{key}: {run.summary.get(key, 'not logged in this run')}")
        return None

    def _compare(self, args: Namespace) -> Any:
        from nbtrack.panels.compare import compare

        return compare(*args.runs)

    def _project(self, args: Namespace) -> Any:
        from nbtrack.panels.project.show import project

        return project(args.project)

    def _store(self, args: Namespace) -> None:
        import os

        from nbtrack.store.layout import Store, default_root

        if args.path is not None:
            store = Store.open(args.path, create=True)
            os.environ["NBTRACK_DIR"] = str(store.root)
        print(shown_path(default_root()))

    def _resume(self, args: Namespace) -> Any:
        from nbtrack.tracking.init import init

        run = stored_run(args.run)
        return init(project=run.project, entity=run.entity, id=run.id, resume="must")

    def _help(self, _args: Namespace) -> None:
        print(HELP)

    def _cell(self, args: Namespace, cell: str) -> None:
        from nbtrack.notebook.capture import Capture
        from nbtrack.tracking.init import init

        run = get_run()
        if run is None or (args.project is not None and args.project != run.project):
            run = init(project=args.project, name=args.name)
        elif args.name is not None:
            run.name = args.name
        if args.no_capture:
            run_source(self.shell, cell)
            return
        capture = Capture(self.shell)
        try:
            with capture:
                run_source(self.shell, cell)
        finally:  # what was shown before an error is kept too
            if rows := renamed(capture.rows(), args.key):
                run.log(rows, step=args.step)


def renamed(rows: dict[str, list[Media]], key: str | None) -> dict[str, list[Media]]:
    """Put captured media under the key that was asked for; several kinds become `key/figure` and so on."""
    if key is None:
        return rows
    if len(rows) == 1:
        return {key: next(iter(rows.values()))}
    return {f"{key}/{name.rpartition('/')[2]}": media for name, media in rows.items()}


def run_source(shell: InteractiveShell, cell: str) -> None:
    """Run a cell's source in the user's namespace; the last expression is displayed, errors propagate."""
    source = shell.transform_cell(cell)
    name = shell.compile.cache(source, shell.execution_count)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(shell.compile(tree, name, "exec"), shell.user_ns)  # noqa: S102  (it is the user's own cell)
    if isinstance(last, ast.Expr):
        shows = not source.rstrip().endswith(";")
        value = eval(shell.compile(ast.Expression(last.value), name, "eval"), shell.user_ns)  # noqa: S307
        if shows:
            shell.displayhook(value)


def stored_run(path: str | None) -> StoredRun:
    """The run of `path`, or the open one, or the latest of the store."""
    from nbtrack.query.api import Api

    api = Api()
    if path is not None:
        return api.run(path)
    if (run := get_run()) is not None:
        return api.run(run.id)
    runs = api.runs(order="-created_at")
    if not len(runs):
        raise UsageError("The store holds no run yet.")
    return runs[0]


def joined_values(words: list[str]) -> list[str]:
    """Write `--sort -loss` as `--sort=-loss`, which argparse does not take for another option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--sort":
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def run_filter(text: str) -> str | dict[str, Any]:
    """A filter as the user writes it: W&B's JSON, or an expression."""
    if not text.lstrip().startswith("{"):
        return text
    found: dict[str, Any] = json.loads(text)
    return found


def sort_order(key: str) -> str:
    """W&B's spelling of `-summary.loss` and the like."""
    sign, name = ("-", key[1:]) if key.startswith("-") else ("+", key.removeprefix("+"))
    if name.startswith("summary."):
        name = f"summary_metrics.{name.removeprefix('summary.')}"
    return sign + name


def shown_path(path: Any) -> str:
    """A path as a notebook may show it: relative to the working directory where it lies below it."""
    from pathlib import Path

    try:
        return f"./{Path(path).resolve().relative_to(Path.cwd())}"
    except ValueError:
        return str(path)


def complete(_shell: InteractiveShell, event: Any) -> list[str]:
    """Tab completion after `%nbtrack`: commands, then project names, run ids and keys."""
    words = event.line.split()
    if len(words) <= 1 or (len(words) == 2 and not event.line.endswith(" ")):
        return list(COMMANDS)
    from nbtrack.query.api import Api

    api, command = Api(), words[1]
    projects = [project.name for project in api.projects()]
    if command in {"runs", "project"}:
        return projects
    runs = [run.id for run in api.runs(order="-created_at")[:50]]
    if command == "compare":
        return [*projects, *runs]
    if command == "resume" or words[-1] == "--run" or words[-2] == "--run":
        return runs
    if command == "show":
        return sorted(stored_run(None).history_keys["keys"]) if runs else []
    return []
