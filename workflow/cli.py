"""The `teabreak` command. Each command stands in workflow/commands and is imported when it is called:

`teabreak check` needs no web server, and starts without one.
"""

from __future__ import annotations

import importlib
import io
import sys

import click

COMMANDS = {
    "serve": "workflow.commands.serve:serve",
    "web": "workflow.commands.serve:web",
    "worker": "workflow.commands.serve:worker",
    "mail": "workflow.commands.mail:mail",
    "check": "workflow.commands.check:check",
    "allow-list": "workflow.commands.allow_list:allow_list",
    "words": "workflow.commands.words:words",
    "guide": "workflow.commands.guide:guide",
    "record": "workflow.commands.record:record",
    "user": "workflow.commands.user:user",
    "channel": "workflow.commands.channel:channel",
    "doctor": "workflow.commands.doctor:doctor",
    "demo": "workflow.commands.demo:demo",
}


class _Lazy(click.Group):
    """Imports a command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="teabreak", message="teabreak %(version)s")
def cli() -> None:
    """Teabreak: nothing reaches the agency's accounts that a reviewer has not approved."""


def main() -> None:
    """Runs the command. Exit codes: 0 done, 1 found something or refused, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign is no reason to stop
    try:
        cli(standalone_mode=True)
    except BrokenPipeError:
        # Somebody closed the pipe we write to (`| head`): not an error of ours.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
