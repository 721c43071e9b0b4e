"""What commands share: settings read, or a clear word what is wrong with them; people found by address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from workflow.review.proposal import Invalid
from workflow.roles import NotPermitted
from workflow.services import Services
from workflow.settings import Settings, load, settings_file
from workflow.states import NotPossible


def read_settings(**values: Any) -> Settings:
    """The settings, or exit 2 with each fault in a sentence."""
    try:
        return load(**values)
    except ValidationError as error:
        click.echo(f"The settings are not right ({settings_file()} or TEABREAK_... in the environment):", err=True)
        for fault in error.errors(include_url=False, include_input=False):
            where = ".".join(str(part) for part in fault["loc"]) or "settings"
            click.echo(f"  {where}: {fault['msg']}", err=True)
        sys.exit(2)
    except (ValueError, OSError) as error:  # no TOML, no UTF-8, no JSON in the environment, not readable
        click.echo(
            f"The settings ({settings_file()} or TEABREAK_... in the environment) cannot be read: {error}", err=True
        )
        sys.exit(2)


def log_to_standard_error() -> None:
    """Keeps standard output for what a command says; looked up at each line, since tests exchange it."""
    import structlog

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@contextmanager
def opened(**values: Any) -> Iterator[Services]:
    """Services on the configured installation. Refusals end the command with exit 1 and their sentence."""
    from workflow.start import open_services

    settings = read_settings(**values)
    log_to_standard_error()
    try:
        services = open_services(settings)
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"The data cannot be opened: {str(error).splitlines()[0]}") from error
    try:
        yield services
    except (Invalid, NotPermitted, NotPossible) as error:
        raise click.ClickException(str(error)) from error
    finally:
        services.database.close()
