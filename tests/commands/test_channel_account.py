"""The account of a channel stays: what was approved for it never goes to another one."""

import pytest

from workflow.models import Channel
from workflow.models.seal import unseal

ADD = ("channel", "add", "bluesky", "--network", "bluesky", "--name", "Bluesky", "--password-stdin")
ACCOUNT = ("--handle", "agency.example", "--service-url", "http://127.0.0.1:1")


def account(services):
    with services.database.reading() as session:
        row = session.get_one(Channel, "bluesky")
        secret = unseal(row.sealed_secret, services.settings.secret_key.get_secret_value())
        return row.network, row.handle, row.service_url, secret


@pytest.fixture
def added(command):
    assert command(*ADD, *ACCOUNT, input="first-password\n").exit_code == 0


@pytest.mark.parametrize(
    "changed",
    [
        ("--handle", "other.example", "--service-url", "http://127.0.0.1:1"),
        ("--handle", "agency.example", "--service-url", "http://127.0.0.1:2"),
        (*ACCOUNT, "--network", "sample"),
    ],
    ids=["handle", "service", "network"],
)
def test_another_account_under_the_same_name_is_refused(services, command, added, changed):
    before = account(services)
    result = command(*ADD, *changed, input="second-password\n")
    assert result.exit_code == 1
    assert "Add a new channel instead" in result.stderr
    assert "agency.example on bluesky at http://127.0.0.1:1" in result.stderr
    assert account(services) == before


def test_the_same_account_again_gets_a_new_password_and_name(services, command, added):
    result = command(*ADD, *ACCOUNT, "--name", "Bluesky, main", input="second-password\n")
    assert result.exit_code == 0, result.output
    assert account(services) == ("bluesky", "agency.example", "http://127.0.0.1:1", "second-password")
    assert "Bluesky, main" in command("channel", "list").stdout


def test_a_removed_channel_does_not_come_back(services, command, added):
    from datetime import UTC, datetime

    with services.database.writing() as session:
        session.get_one(Channel, "bluesky").retired_at = datetime.now(UTC)
    result = command(*ADD, *ACCOUNT, input="second-password\n")
    assert result.exit_code == 1
    assert "was removed" in result.stderr
    assert command("channel", "list").stdout.endswith("removed\n")
