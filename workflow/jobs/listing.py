"""What is waiting, failing and dead, in people's words, on both engines; and another try for what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.jobs import embedded
from workflow.jobs.handlers import UnknownJob, load_handlers
from workflow.models import IncomingMail, Job, JobFault, Person, Post, Publication, reference_of
from workflow.roles import Actor, Permission, require
from workflow.settings import Settings

MOST = 200  # rows of each part; the count is always the true one
NOT_KEPT = "Nothing was kept about why."
PRIVATE_MAIL = frozenset({"held", "officer_asked"})  # that such a mail is due to somebody is itself in confidence
_MAILS = {
    "anchor": "the record's head",
    "decision": "the decision on {ref}",
    "draft_received": "the draft {ref}",
    "draft_unfinished": "the unfinished draft {ref}",
    "not_taken": "a mail that was not taken in",
    "publication": "the publication of {ref}",
    "publisher_asked": "{ref}, which needs a publisher",
    "review_asked": "{ref}, which waits for a review",
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job, as the page shows it."""

    id: int
    name: str
    about: str  # in people's words, and none of a post's
    since: datetime
    next_try: datetime | None  # None: it is running, or it will not be tried again
    running: bool
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class Part:
    """Jobs of one kind: the first `MOST` of them, and how many there are in truth (`len`)."""

    rows: tuple[JobRow, ...]
    count: int

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True)
class Listing:
    """All jobs that are not done. Failing ones are tried again by themselves; dead ones only when a person says so."""

    waiting: Part
    failing: Part
    dead: Part


@dataclass(frozen=True, slots=True)
class _Found:
    """What both engines know of a job."""

    id: int
    name: str
    args: dict[str, Any]
    state: str  # waiting | running | dead
    since: datetime
    run_at: datetime | None
    failures: int
    error: str | None


def list_jobs(session: Session, settings: Settings) -> Listing:
    """What is waiting, failing and dead now: what runs next first, of the dead the newest first."""
    find = _find_distributed if session.get_bind().dialect.name == "postgresql" else _find_embedded
    return Listing(*(_part(session, settings, *find(session, part)) for part in ("waiting", "failing", "dead")))


def _part(session: Session, settings: Settings, found: Sequence[_Found], count: int) -> Part:
    words = _Words(session, settings, found)
    return Part(tuple(words.row(job) for job in found), count)


# -- the two engines


def _find_embedded(session: Session, part: str) -> tuple[list[_Found], int]:
    live = Job.state.in_(("scheduled", "ready", "running"))
    chosen = {
        "waiting": sa.and_(live, Job.error.is_(None)),
        "failing": sa.and_(live, Job.error.is_not(None)),
        "dead": Job.state == "dead",
    }[part]
    order = Job.finished_at.desc() if part == "dead" else Job.run_at
    rows = session.scalars(sa.select(Job).where(chosen).order_by(order, Job.id).limit(MOST)).all()
    count = session.scalar(sa.select(sa.func.count()).select_from(Job).where(chosen)) or 0
    return [_of_embedded(row) for row in rows], count


def _of_embedded(job: Job) -> _Found:
    state = job.state if job.state in ("running", "dead") else "waiting"
    since = job.finished_at if state == "dead" and job.finished_at else job.created_at
    failures = job.attempts - (state == "running")  # a claim counts, until the run asks for another
    return _Found(job.id, job.name, job.args, state, since, job.run_at, failures, job.error)


_DISTRIBUTED = """
    from procrastinate_jobs job left join job_fault fault on fault.job_id = job.id
    where case :part
        when 'dead' then job.status = 'failed'
        when 'failing' then job.status in ('todo', 'doing') and fault.job_id is not null
        else job.status in ('todo', 'doing') and fault.job_id is null end"""
_SELECT_DISTRIBUTED = sa.text(
    f"""select job.id, job.task_name as name, job.args,
        case job.status when 'todo' then 'waiting' when 'doing' then 'running' else 'dead' end as state,
        (select case when job.status = 'failed' then max(at) else min(at) end from procrastinate_events
            where job_id = job.id and type <> 'scheduled') as since,
        job.scheduled_at as run_at, coalesce(fault.failures, 0) as failures, fault.error
    {_DISTRIBUTED}
    order by case when :part = 'dead' then fault.at end desc, job.scheduled_at nulls first, job.id limit {MOST}"""  # noqa: S608 - our own words
)
_COUNT_DISTRIBUTED = sa.text(f"select count(*) {_DISTRIBUTED}")  # noqa: S608 - our own words


def _find_distributed(session: Session, part: str) -> tuple[list[_Found], int]:
    rows = session.execute(_SELECT_DISTRIBUTED, {"part": part}).mappings().all()
    count = session.scalar(_COUNT_DISTRIBUTED, {"part": part}) or 0
    return [_Found(**row) for row in rows], count


# -- people's words


class _Words:
    """Says what jobs are about, with one look at each table for all of them."""

    def __init__(self, session: Session, settings: Settings, found: Sequence[_Found]) -> None:
        self.addresses = {box.name: box.address for box in settings.mail_in}
        self.publications = self._all(session, Publication, found, "publication_id")
        self.people = self._all(session, Person, found, "person_id")
        self.mails = self._all(session, IncomingMail, found, "incoming_mail_id")
        self.posts = self._all(session, Post, found, "post_id")
        self.say: dict[str, Callable[[dict[str, Any]], str]] = {
            "anchor_record": lambda args: "Send the record's head to the records officers",
            "check_revision": lambda args: f"Check {reference_of(args['post_id'])}",
            "erase_files": lambda args: "Remove files that nothing needs any more",
            "erase_from_mailbox": lambda args: "Delete a mail in its mailbox",
            "publish": self._publish,
            "send_mail": self._send_mail,
            "take_in_mail": self._take_in_mail,
        }

    @staticmethod
    def _all(session: Session, model: Any, found: Sequence[_Found], name: str) -> dict[int, Any]:
        ids = {job.args[name] for job in found if isinstance(job.args.get(name), int)}
        return {row.id: row for row in session.scalars(sa.select(model).where(model.id.in_(ids)))} if ids else {}

    def row(self, job: _Found) -> JobRow:
        """The job as the page shows it."""
        waits = job.state == "waiting"
        return JobRow(
            id=job.id,
            name=job.name,
            about=self._about(job),
            since=job.since,
            next_try=(job.run_at or job.since) if waits else None,
            running=job.state == "running",
            failures=job.failures,
            error=self._error(job),
        )

    def _about(self, job: _Found) -> str:
        try:
            return self.say[job.name](job.args)
        except (KeyError, TypeError, AttributeError):  # of another version of Teabreak, or about what is gone
            return f"A job called “{job.name}”"

    def _error(self, job: _Found) -> str:
        if job.error and job.name == "send_mail" and self._is_private(job.args):
            return "The mail could not be sent."  # the server's own words may hold an address
        if job.error or job.state != "dead":
            return job.error or ""
        return NOT_KEPT if job.name in load_handlers() else str(UnknownJob(job.name))

    def _publish(self, args: dict[str, Any]) -> str:
        publication = self.publications[args["publication_id"]]
        return f"Publish {reference_of(publication.post_id)} on {publication.channel.name}"

    def _send_mail(self, args: dict[str, Any]) -> str:
        if self._is_private(args):
            return "A mail in confidence"
        ref = reference_of(args["post_id"]) if args.get("post_id") else ""
        return f"Mail {self.people[args['person_id']].name} about {_MAILS[args['name']].format(ref=ref)}"

    def _is_private(self, args: dict[str, Any]) -> bool:
        post = self.posts.get(args.get("post_id", 0))
        return args.get("name") in PRIVATE_MAIL or (post is not None and post.private)

    def _take_in_mail(self, args: dict[str, Any]) -> str:
        mail = self.mails[args["incoming_mail_id"]]
        return f"Take in mail number {mail.id}, sent to {self.addresses.get(mail.mailbox) or mail.mailbox}"


# -- another try


def try_again(session: Session, actor: Actor, job_id: int) -> bool:
    """Lets a dead or failing job run again soon, with all its tries before it. False: it is neither (any more).

    Raises NotPermitted. Every handler looks first at what is still to be done, so this is safe at any time: what was
    published is not published again, what was sent is not sent again.
    """
    require(Permission.MANAGE, actor)
    again = _distributed_again if session.get_bind().dialect.name == "postgresql" else _embedded_again
    name = again(session, job_id)
    if name is None:
        return False
    record.append(session, actor, "job tried again", f"job:{job_id}", {"job": name})
    return True


def _embedded_again(session: Session, job_id: int) -> str | None:
    job = session.get(Job, job_id)
    failing = job is not None and job.state in ("scheduled", "ready") and job.error is not None
    if job is None or not (failing or job.state == "dead"):
        return None
    job.attempts = 0
    if failing:
        job.run_at, job.state = datetime.now(UTC), "ready"
    else:
        embedded.put_back(session, job, datetime.now(UTC), job.error or NOT_KEPT)
    return job.name


_FAILED = sa.text(
    """select job.task_name, job.queueing_lock, job.status from procrastinate_jobs job
    left join job_fault fault on fault.job_id = job.id
    where job.id = :id and (job.status = 'failed' or (job.status = 'todo' and fault.job_id is not null))
    for update of job"""
)


def _distributed_again(session: Session, job_id: int) -> str | None:
    from workflow.jobs import distributed  # it needs Procrastinate, which SQLite does not

    job = session.execute(_FAILED, {"id": job_id}).first()
    if job is None:
        return None
    name: str = job.task_name
    now = datetime.now(UTC)
    session.execute(sa.update(JobFault).where(JobFault.job_id == job_id).values(failures=0))
    if job.status == "todo":
        session.execute(
            sa.text("update procrastinate_jobs set scheduled_at = :at where id = :id"), {"at": now, "id": job_id}
        )
    else:
        distributed.put_back(session, job_id, job.queueing_lock, now)
    return name
