"""Who may do what: a table of small predicates. Pure: no database, no web.

Asked in one place by web, mail, command line and jobs: `may(permission, actor, post)`. Each permission lists its ways;
a way is a tuple of predicates that must all hold; one way is enough. What no row allows is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is trusted with, everywhere or on one channel."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    RECORDS_OFFICER = "records officer"
    WHISTLEBLOWING_OFFICER = "whistleblowing officer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What the code asks for. The values are words for people: "You do not have permission to ..."."""

    PROPOSE = "propose posts"
    READ = "read this post"
    READ_QUEUE = "read the queue"
    READ_LIST = "read the list of all posts"
    REVISE = "change this post"
    WITHDRAW = "withdraw this post"
    ANSWER = "answer the findings of this post"
    CHOOSE_HOLD = "choose what happens to a held post"
    DECIDE = "decide on this post"
    PUBLISH = "publish this post"
    READ_RECORD = "read the record"
    READ_MAIL = "read mail set aside"
    READ_LEARNED = "read what the check has learned"
    MANAGE = "look after people, channels and jobs"
    MANAGE_GUIDE = "change the guide"
    RUN_JOBS = "do what only Teabreak itself does"


EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `roles` are pairs (role, channel id), `EVERYWHERE` where the role is not bound to one channel."""

    id: int | None
    name: str
    roles: frozenset[tuple[Role, str]] = frozenset()
    system: bool = False

    def has(self, role: Role) -> bool:
        """Whether the actor has the role anywhere."""
        return any(held == role for held, _ in self.roles)


SYSTEM = Actor(None, "Teabreak", system=True)
# Whoever may run `teabreak` on the machine may do everything; the record says that it was done there.
COMMAND_LINE = Actor(None, "Command line", frozenset({(Role.ADMINISTRATOR, EVERYWHERE)}), system=True)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What the predicates need to know of a post."""

    author_id: int
    writer_ids: frozenset[int] = frozenset()  # everyone who wrote or changed its words
    channels: tuple[str, ...] = ()
    private: bool = False  # only its author sees it: not checked yet, or held (whistleblowing)
    sent_to_officer: bool = False


Predicate = Callable[[Actor, PostFacts | None], bool]


def is_system(actor: Actor, post: PostFacts | None) -> bool:
    """The system itself: jobs and the scheduler."""
    return actor.system


def is_person(actor: Actor, post: PostFacts | None) -> bool:
    """Somebody who is signed in."""
    return actor.id is not None


def is_author(actor: Actor, post: PostFacts | None) -> bool:
    """Whose post it is."""
    return post is not None and actor.id is not None and actor.id == post.author_id


def has_not_written(actor: Actor, post: PostFacts | None) -> bool:
    """Rule 2: whoever wrote or changed the words cannot approve them, whatever their roles."""
    return post is not None and actor.id != post.author_id and actor.id not in post.writer_ids


def is_shared(actor: Actor, post: PostFacts | None) -> bool:
    """Until it is checked and, where held, its author has chosen, nobody else sees a post."""
    return post is not None and not post.private


def is_with_officer(actor: Actor, post: PostFacts | None) -> bool:
    """The author sent the held post to the named officer."""
    return post is not None and post.private and post.sent_to_officer


def is_not_with_officer(actor: Actor, post: PostFacts | None) -> bool:
    """What its author sent to the officer stays as it is: the officer needs it."""
    return not is_with_officer(actor, post)


def has_role(role: Role) -> Predicate:
    """A predicate: the actor has the role anywhere."""

    def holds(actor: Actor, post: PostFacts | None) -> bool:
        return actor.has(role)

    return holds


def has_role_on_channels(role: Role) -> Predicate:
    """A predicate: the actor has the role on every channel of the post."""

    def holds(actor: Actor, post: PostFacts | None) -> bool:
        if (role, EVERYWHERE) in actor.roles:
            return True
        return bool(post and post.channels) and all(
            (role, channel) in actor.roles for channel in (post.channels if post else ())
        )

    return holds


def has_role_on_a_channel(role: Role) -> Predicate:
    """A predicate: the actor has the role on at least one channel of the post."""

    def holds(actor: Actor, post: PostFacts | None) -> bool:
        if (role, EVERYWHERE) in actor.roles:
            return True
        return post is not None and any((role, channel) in actor.roles for channel in post.channels)

    return holds


R, P = Role, Permission

PERMISSIONS: dict[Permission, tuple[tuple[Predicate, ...], ...]] = {
    P.PROPOSE: ((has_role(R.AUTHOR),), (has_role(R.REVIEWER),), (has_role(R.PUBLISHER),)),
    P.READ: (
        (is_author,),
        (is_shared, has_role_on_a_channel(R.REVIEWER)),
        (is_shared, has_role_on_a_channel(R.PUBLISHER)),
        (is_shared, has_role(R.RECORDS_OFFICER)),
        (is_with_officer, has_role(R.WHISTLEBLOWING_OFFICER)),
        (is_system,),
    ),
    P.READ_QUEUE: ((has_role(R.REVIEWER),),),
    P.READ_LIST: ((has_role(R.REVIEWER),), (has_role(R.PUBLISHER),), (has_role(R.RECORDS_OFFICER),)),
    P.REVISE: ((is_author,), (is_shared, has_role_on_channels(R.REVIEWER))),
    P.WITHDRAW: ((is_author, is_not_with_officer),),
    P.ANSWER: ((is_author,), (is_shared, has_role_on_channels(R.REVIEWER))),
    P.CHOOSE_HOLD: ((is_author, is_not_with_officer),),
    P.DECIDE: ((is_shared, has_not_written, has_role_on_channels(R.REVIEWER)),),
    P.PUBLISH: ((is_shared, has_role_on_channels(R.PUBLISHER)),),
    P.READ_RECORD: ((has_role(R.RECORDS_OFFICER),),),
    P.READ_MAIL: ((has_role(R.ADMINISTRATOR),),),
    P.READ_LEARNED: ((has_role(R.REVIEWER),), (has_role(R.ADMINISTRATOR),)),
    P.MANAGE: ((has_role(R.ADMINISTRATOR),),),
    P.MANAGE_GUIDE: ((has_role(R.ADMINISTRATOR),),),
    P.RUN_JOBS: ((is_system,),),
}


class NotPermitted(Exception):
    """The actor may not do this. The message is a sentence for the person."""

    def __init__(self, permission: Permission, reason: str = "") -> None:
        self.permission = permission
        super().__init__(reason or f"You do not have permission to {permission}.")


def may(permission: Permission, actor: Actor, post: PostFacts | None = None) -> bool:
    """Whether `actor` has `permission`, on `post` where it is about one."""
    return any(all(holds(actor, post) for holds in way) for way in PERMISSIONS[permission])


def require(permission: Permission, actor: Actor, post: PostFacts | None = None) -> None:
    """Raises NotPermitted unless `may(...)`."""
    if may(permission, actor, post):
        return
    if permission is P.DECIDE and post is not None and not has_not_written(actor, post):
        raise NotPermitted(
            permission, "You wrote or changed the words of this post, so somebody else has to decide on it."
        )
    if permission in (P.WITHDRAW, P.CHOOSE_HOLD) and is_author(actor, post) and is_with_officer(actor, post):
        raise NotPermitted(
            permission,
            "You sent this post to the whistleblowing officer, so it stays as it is: it can be neither deleted nor "
            "sent on. Ask the officer what happens next.",
        )
    raise NotPermitted(permission)
