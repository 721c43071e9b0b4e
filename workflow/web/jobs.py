"""The jobs: what gave up, what is failing, what waits, and another try."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from workflow.jobs.listing import list_jobs, try_again
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.security import needs

jobs = Blueprint("jobs", __name__)


@jobs.get("/jobs")
@needs(Permission.MANAGE)
def page() -> ResponseReturnValue:
    """All jobs that are not done, those first that need somebody."""
    services = current()
    with services.database.reading() as session:
        listing = list_jobs(session, services.settings)
    return render_template("pages/jobs/page.html", listing=listing)


@jobs.post("/jobs/<int(max=9223372036854775807):job_id>/try-again")
@needs(Permission.MANAGE)
def again(job_id: int) -> ResponseReturnValue:
    """Lets a job that gave up, or is failing, run again soon."""
    with current().database.writing() as session:
        found = try_again(session, actor(), job_id)
    flash(f"Job {job_id} is tried again now." if found else f"Job {job_id} needs no other try any more.")
    return redirect(url_for("jobs.page"), 303)
