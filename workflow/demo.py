"""The sample agency of `teabreak serve --demo`: people of every role, channels, and a post in every state that lasts.

All of it is plainly sample data. The posts come about through the same use cases as real ones.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy.orm import Session

from workflow.checks.register import check_text
from workflow.models import Person, Post, Publication, PublicationState
from workflow.publishing import door
from workflow.publishing.outcome import fail
from workflow.review.allow_list import allowed_now
from workflow.review.answer import answer, unanswered
from workflow.review.channels import save_channel
from workflow.review.check import parts_of, record_findings
from workflow.review.decide import decide
from workflow.review.guide_in_use import guide_in_use
from workflow.review.people import add_person, set_password
from workflow.review.pictures import accept
from workflow.review.proposal import Proposal
from workflow.review.submit import propose
from workflow.review.take_down import take_down
from workflow.review.withdraw import withdraw
from workflow.roles import SYSTEM, Actor, Role
from workflow.services import Services
from workflow.settings import MailIn, MailOut, Settings
from workflow.states import Action
from workflow.transition import apply

PASSWORD = "sample-password"  # noqa: S105 - the demo's, printed at its start
DOMAIN = "agency.example"
PEOPLE: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("Sample Author", "author", (Role.AUTHOR,)),
    ("Sample Second Author", "second-author", (Role.AUTHOR,)),
    ("Sample Reviewer", "reviewer", (Role.REVIEWER, Role.PUBLISHER)),
    ("Sample Second Reviewer", "second-reviewer", (Role.REVIEWER,)),
    ("Sample Publisher", "publisher", (Role.PUBLISHER,)),
    ("Sample Records Officer", "records", (Role.RECORDS_OFFICER,)),
    ("Sample Whistleblowing Officer", "officer", (Role.WHISTLEBLOWING_OFFICER,)),
    ("Sample Administrator", "administrator", (Role.ADMINISTRATOR,)),
)


class _DemoSettings(Settings):
    @classmethod
    def settings_customise_sources(  # noqa: D102 - as in Settings
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def demo_settings(folder: Path, public_url: str, imap_port: int, smtp_port: int) -> Settings:
    """The settings of a demo in `folder`. Nothing is read from the environment or a file."""
    submit_to = f"social@{DOMAIN}"
    return _DemoSettings(
        agency_name="Sample Agency",
        guide_contact=f"guide@{DOMAIN}",
        policy_url=f"https://www.{DOMAIN}/social-media-policy",
        whistleblowing_routes=(
            "Sample Whistleblowing Officer, officer@agency.example\n"
            "A prescribed body: the agency names its own here\n"
            "An independent helpline: the agency names one here"
        ),
        public_url=public_url,
        data=folder,
        database_url=f"sqlite:///{folder.absolute()}/teabreak.db",
        demo=True,
        public_contacts=[f"@{DOMAIN}"],
        mail_in=[
            MailIn(
                name="submissions",
                address=submit_to,
                host="127.0.0.1",
                port=imap_port,
                tls=False,
                user=submit_to,
                password=SecretStr(PASSWORD),
                idle=False,  # the demo's mail server never pushes
                poll_seconds=1,
            )
        ],
        mail_out=MailOut(host="127.0.0.1", port=smtp_port, starttls=False, tls=False, sender=f"Teabreak <{submit_to}>"),
    )


def fill(services: Services) -> list[dict[str, Any]]:
    """Makes people, channels and posts. Gives the people as the contract of `serve --demo --json` names them."""
    with services.database.writing() as session:
        people = _people(session)
        _channels(session, services)
    _posts(services, people)
    return [
        {
            "name": name,
            "email": f"{short}@{DOMAIN}",
            "password": PASSWORD,
            "roles": [role.value for role in roles],
            "token": "",
        }
        for name, short, roles in PEOPLE
    ]


def _people(session: Session) -> dict[str, Person]:
    people = {
        short: add_person(session, SYSTEM, name=name, email=f"{short}@{DOMAIN}", roles=list(roles))
        for name, short, roles in PEOPLE
    }
    first, *others = people.values()
    set_password(session, SYSTEM, first, PASSWORD)
    for person in others:
        person.password_hash = first.password_hash  # slow on purpose, and the same for all of them
    return people


def _channels(session: Session, services: Services) -> None:
    page = f"{services.settings.public_url}/channels/sample/sample"
    for id_, network, name, service_url in (
        ("sample", "sample", "Sample channel", f"{services.settings.data}/sample-channel.jsonl#{page}"),
        ("noticeboard", "by_hand", "Noticeboard (by hand)", ""),
    ):
        save_channel(
            session,
            SYSTEM,
            id_=id_,
            network=network,
            name=name,
            handle=f"{id_}.{DOMAIN}",
            service_url=service_url,
            secret="",
            secret_key=services.settings.secret_key.get_secret_value(),
        )


class _Scene:
    """Brings posts into their states, step by step."""

    def __init__(self, services: Services, people: dict[str, Person]) -> None:
        self.services = services
        self.actors: dict[str, Actor] = {short: person.as_actor() for short, person in people.items()}

    def propose(self, text: str, *, by: str = "author", **values: Any) -> int:
        """A post that was proposed and checked; gives its id."""
        now = values.pop("now", None)
        save_only = values.pop("save_only", False)
        proposal = Proposal(text=text, channels=values.pop("channels", ("sample",)), **values)
        with self.services.database.writing() as session:
            post = propose(session, self.actors[by], proposal, origin="web", save_only=save_only, now=now)
            session.flush()
            if not save_only:
                guide = guide_in_use(session)
                allowed = allowed_now(session, self.services.settings)
                found = [
                    (part, finding)
                    for part, words in parts_of(post.revision)
                    for finding in check_text(words, guide, allow_list=allowed)
                ]
                record_findings(session, post, 1, found, guide)
            return post.id

    def slot(self, moment: datetime) -> dict[str, Any]:
        """The time to publish, as a form would give it."""
        zone = self.services.settings.zone
        wall = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        return {"publish_at": moment, "publish_wall": wall, "publish_zone": zone.key}

    def decide(self, post_id: int, decision: str, *clauses: str, note: str = "") -> None:
        """The reviewer decides, answering what is open before an approval."""
        reviewer = self.actors["reviewer"]
        with self.services.database.writing() as session:
            post = session.get_one(Post, post_id)
            if decision == "approve":
                for row in unanswered(session, post.revision):
                    answer(session, reviewer, post, row, "public", "Sample answer: it stands on the agency's website.")
            cited = [(clause, "") for clause in clauses]
            decide(session, reviewer, post, decision, digest=post.digest or "", clauses=cited, note=note)

    def publish(self, post_id: int) -> None:
        """Publishes at once what is scheduled for now."""
        with self.services.database.reading() as session:
            ids = [row.id for row in session.get_one(Post, post_id).publications]
        for publication_id in ids:
            secret_key = self.services.settings.secret_key.get_secret_value()
            door.publish(self.services.database, self.services.files, secret_key, publication_id)

    def end(self, post_id: int, state: PublicationState, why: str) -> None:
        """Lets the publishing of a post end in `state`, as if the network had answered so."""
        with self.services.database.writing() as session:
            post = session.get_one(Post, post_id)
            for row in post.publications:
                fail(session, post, session.get_one(Publication, row.id), state, why)

    def take_down(self, post_id: int, why: str) -> None:
        """The publisher says that it was taken down."""
        with self.services.database.writing() as session:
            take_down(session, self.actors["publisher"], session.get_one(Post, post_id), why)

    def act(self, post_id: int, by: str, action: Action) -> None:
        """Any other step through the one door."""
        actor = SYSTEM if by == "system" else self.actors[by]
        with self.services.database.writing() as session:
            post = session.get_one(Post, post_id)
            if action is Action.WITHDRAW:
                withdraw(session, actor, post)
            else:
                apply(session, actor, post, action)


def _posts(services: Services, people: dict[str, Person]) -> None:
    scene = _Scene(services, people)
    now = datetime.now(UTC)
    yesterday, tomorrow = now - timedelta(days=1), now + timedelta(days=1)

    published = scene.propose("Sample Street car park is open again after resurfacing. Thank you for your patience.")
    scene.decide(published, "approve", note="Clear and useful.")
    scene.publish(published)
    taken_down = scene.propose("Sample Pool opens at 7am on Saturday for early swimmers.")
    scene.decide(taken_down, "approve")
    scene.publish(taken_down)
    scene.take_down(taken_down, "Sample reason: the pool opens at 8am after all.")
    scheduled = scene.propose("Garden waste is collected one day later next week. #BinDay", **scene.slot(tomorrow))
    scene.decide(scheduled, "approve")
    passed = scene.slot(yesterday + timedelta(hours=2))
    late = scene.propose("Doors open at 6pm tonight at Sample Hall.", now=yesterday, **passed)
    scene.decide(late, "approve")
    expired = scene.propose("Road closed for today's fun run.", now=yesterday, **passed)
    scene.decide(expired, "approve")
    scene.act(expired, "system", Action.EXPIRE)
    by_hand = scene.propose("Minutes of the sample forum are on the noticeboard.", channels=("noticeboard",))
    scene.decide(by_hand, "approve")
    scene.publish(by_hand)
    unconfirmed = scene.propose("The sample consultation closes on Friday at 5pm.")
    scene.decide(unconfirmed, "approve")
    scene.end(unconfirmed, PublicationState.UNCONFIRMED, "Sample: the network did not answer in time.")
    failed = scene.propose("Sample Library has new opening hours from Monday.")
    scene.decide(failed, "approve")
    scene.end(
        failed, PublicationState.FAILED, "Sample: the account's password was refused. Give the channel a new one."
    )

    rejected = scene.propose("I think the new timetable is the worst ever. Vote them out!", by="second-author")
    why = "This is a personal view. The account speaks for the agency."
    scene.decide(rejected, "reject", "personal-opinion", note=why)
    asked = scene.propose("Well done to Sample Pupil, aged 9, of 12 Sample Road, who won our poster prize!")
    why = "Leave out age and address, or record consent."
    scene.decide(asked, "ask for changes", "personal-information", note=why)
    withdrawn = scene.propose("Sample Fair is on the green this weekend.")
    scene.act(withdrawn, "author", Action.WITHDRAW)
    scene.propose("Draft: road works on Sample Lane", save_only=True)
    scene.propose("Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet.")

    poster = accept(services.files, "poster.png", _poster(), 10_000_000)
    scene.propose(
        "Free flu jabs at Sample Hall on Saturday, 9am to noon. Book at https://www.agency.example/flu #FluJab",
        pictures=(replace(poster, alt_text="Blue poster: flu jabs, Sample Hall, Saturday 9am to noon."),),
        note="Sample note: the clinic asked for this before Friday.",
    )
    scene.propose(
        "Missing your bin lid? Ring Sample Helper on 07700 900123 or write to sample.helper@mail.example.",
        by="second-author",
        **scene.slot(now + timedelta(hours=3)),
    )
    scene.propose(
        "The inquiry into the depot fire is not public yet, but two staff are suspended, the internal report says.",
        channels=("sample", "noticeboard"),
    )


def _poster() -> bytes:
    """A plain blue picture with a few words on it."""
    import io

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (1200, 675), "#0b4a6f")
    draw = ImageDraw.Draw(image)
    draw.text((80, 250), "Flu jabs\nSample Hall\nSaturday 9am to noon", fill="white", font_size=72)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
