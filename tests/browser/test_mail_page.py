"""The page of mail set aside with something on it, and its older part."""

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from workflow.jobs.take_in_mail import keep
from workflow.jobs.watch_mail import note_state
from workflow.jobs.worker import Worker
from workflow.settings import MailIn

pytestmark = pytest.mark.browser


def test_the_filled_page_and_its_older_part_are_accessible(services, people, open_page, assert_accessible):
    password = SecretStr("sample-password")
    services.settings.mail_in = [MailIn(name=name, host="x", user="x", password=password) for name in ("a", "b")]
    with services.database.writing() as session:
        note_state(session, "a", "", taken=1)
        note_state(session, "b", "The mail server mail.agency.example:993 cannot be reached: check host, port and TLS.")
    for number in range(27):
        subject = "averylongwordwithoutanyspace" * 9 if number == 26 else f"Offer number {number}"
        keep(services, "a", f"From: stranger{number}@elsewhere.example\nSubject: {subject}\n\nWords\n".encode())
    Worker(services).run_until_idle()
    keep(services, "a", b"Not understood yet")
    page = open_page("/mail", people["administrator"])
    expect(page.get_by_text("Mail 28, not understood yet")).to_be_visible()
    assert_accessible(page, "mail-filled")
    page.get_by_role("link", name="Older mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mail set aside, older")
    expect(page.get_by_text("Offer number 0", exact=True)).to_be_visible()
    assert_accessible(page, "mail-older")
