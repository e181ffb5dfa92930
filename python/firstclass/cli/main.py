"""The `firstclass` command: global options, the list of commands, errors and exit codes. Commands load on use."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firstclass.base.cores import leave_no_core
from firstclass.cli.context import Context, begin, current
from firstclass.cli.output import show_error, talk
from firstclass.model.errors import Exit, FirstclassError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer.exceptions

# name -> (module below firstclass.cli, one line of help), in the order that a newcomer meets them
COMMANDS = {
    "demo": ("demo", "A sample API, its attacker, and the gateway between them"),
    "init": ("init", "Begin with a contract: write firstclass.yaml and an overlay"),
    "check": ("check", "Say who can reach what, what is harmful and what is wrong"),
    "dev": ("dev", "Run the gateway here, and apply files as they change"),
    "run": ("run", "Run the gateway"),
    "apply": ("apply", "Make what the files say live"),
    "dump": ("dump", "Print the store's resources as YAML that apply takes"),
    "applications": ("applications", "Registered software that calls APIs"),
    "products": ("products", "Operations that are offered together"),
    "plans": ("plans", "Conditions of subscriptions: rates, quotas, concurrency"),
    "subscriptions": ("subscriptions", "What an application may call and see"),
    "keys": ("keys", "API keys: issue, list, rotate, revoke"),
    "import": ("importing", "Take over consumers and keys of another gateway"),
    "rehearse": ("rehearse", "What would differ: an access log against the contract"),
    "enforce": ("enforce", "From observe to enforce: what is ready, what is held back"),
    "observe": ("observe", "From enforce back to observe"),
    "explain": ("explain", "Why a request was refused, down to the line of the contract"),
    "features": ("features", "What this version enforces"),
    "cases": ("cases", "Replay golden cases against a real engine"),
}
# Commands of two words whose first word is a command by itself.
NESTED = {"check issuer": "check_issuer"}
GLOBAL_OPTIONS = """
Global options, before or after the command:
  --config PATH  configuration file (default ./firstclass.yaml)
  --data PATH    data directory (default: what the configuration says)
  --json         one JSON document on stdout
  --version      print the version
"""


def main() -> None:
    """Run one command and exit with its code; see `firstclass.model.errors.Exit`."""
    leave_no_core()
    context, arguments = split_global_options(sys.argv[1:])
    begin(context)
    sys.exit(run(arguments))


def split_global_options(arguments: list[str]) -> tuple[Context, list[str]]:
    """Take the global options out, wherever they stand; what follows `--` is left alone."""
    context, rest, i = Context(), [], 0
    while i < len(arguments):
        word, _, value = arguments[i].partition("=")
        if word == "--":
            rest += arguments[i:]
            break
        if word == "--json":
            context.json = True
        elif word in ("--config", "--data"):
            if not value:
                i += 1
                value = arguments[i] if i < len(arguments) else ""
            if not value:
                talk(f"error: {word} needs a path")
                sys.exit(Exit.USAGE)
            if word == "--config":
                context.config = Path(value)
            else:
                context.data_override = Path(value)
        else:
            rest.append(arguments[i])
        i += 1
    return context, rest


def run(arguments: list[str]) -> int:
    """Find the command, run it, render what it raises."""
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        sys.stdout.write(help_text())
        return Exit.DONE if arguments else Exit.USAGE
    if arguments[0] == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"firstclass {version('firstclass')}\n")
        return Exit.DONE
    if arguments[0] not in COMMANDS:
        return unknown_command(arguments[0])
    name, rest = (" ".join(arguments[:2]), arguments[2:])
    if name not in NESTED:
        name, rest = arguments[0], arguments[1:]
    try:
        return invoke(name, rest)
    except FirstclassError as error:
        show_error(error, current().json)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.REFUSED
    except Exception as defect:  # a defect of ours: say so, keep the traceback for who asks
        if "FIRSTCLASS_TRACEBACK" in os.environ:  # noqa: TID251 - a switch for developers, no setting
            raise
        message = f"{type(defect).__name__}: {defect}"
        hint = "this is a defect of ours; set FIRSTCLASS_TRACEBACK=1 to see where, and please report it"
        show_error(FirstclassError("defect", message, hint=hint), current().json)
        return Exit.DEFECT


def invoke(name: str, arguments: list[str]) -> int:
    """Load a command's module and run its typer application without click's own error handling."""
    import typer
    import typer.main

    module = importlib.import_module(f"firstclass.cli.{NESTED.get(name) or COMMANDS[name][0]}")
    command = typer.main.get_command(module.app)
    try:
        result = command.main(arguments, prog_name=f"firstclass {name}", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return Exit.REFUSED
    except typer.exceptions.TyperException as wrong:
        return usage_error(wrong)
    return result if isinstance(result, int) else Exit.DONE


def usage_error(wrong: typer.exceptions.TyperException) -> int:
    """A wrong option or argument: what it is, and how to see the right ones."""
    path = getattr(getattr(wrong, "ctx", None), "command_path", "firstclass")
    message = wrong.format_message().replace("Value error, ", "")
    name = str(getattr(wrong, "option_name", None) or "")
    own = getattr(getattr(getattr(wrong, "ctx", None), "command", None), "params", ())
    near = _near_option(name, [option for each in own for option in each.opts if option.startswith("--")])
    if near is not None and name in message:
        message = message.partition(" Did you mean")[0].partition(" (Possible options")[0]
    hint = f"did you mean {near!r}?" if near else f"{path} --help"
    error = FirstclassError("usage", message, hint=hint, exit_code=Exit.USAGE)
    show_error(error, current().json)
    return Exit.USAGE


def unknown_command(name: str) -> int:
    """Name the command that was probably meant."""
    from difflib import get_close_matches

    option = name.startswith("-")
    near: list[Any] = get_close_matches(name, COMMANDS, n=1) if not option else [_near_option(name)]
    hint = f"did you mean {near[0]!r}?" if near and near[0] else "firstclass --help lists the commands"
    what = "option" if option else "command"
    show_error(FirstclassError("usage", f"there is no {what} {name!r}", hint=hint), current().json)
    return Exit.USAGE


def _near_option(name: str, own: Sequence[str] = ()) -> str | None:
    """The option that was probably meant: one of the command's `own` rather than a global one."""
    from difflib import get_close_matches

    name = name.partition("=")[0]
    rest = ("--config", "--data", "--json", "--help", *(() if own else ("--version",)))
    near = get_close_matches(name, own, n=1) or get_close_matches(name, rest, n=1)
    return near[0] if near else None


def help_text() -> str:
    """What `firstclass --help` prints."""
    width = max(map(len, COMMANDS))
    lines = [
        "An API gateway whose only policy language is the API's own contract.",
        "",
        "Usage: firstclass COMMAND",
        "",
    ]
    lines += [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    return "\n".join(lines) + "\n" + GLOBAL_OPTIONS
