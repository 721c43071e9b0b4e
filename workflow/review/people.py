"""People: who they are, what they may do, how they prove it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Database, Person, RoleGrant
from workflow.review.proposal import Invalid, Problem
from workflow.roles import EVERYWHERE, Actor, Permission, Role, require

_HASHER = PasswordHasher()
TRIES = 10
LOCKED_FOR = timedelta(minutes=15)
MIN_PASSWORD = 12


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with that address, whatever its case, or None."""
    return session.scalars(sa.select(Person).where(Person.email == email.strip().lower())).one_or_none()


def authenticate(database: Database, email: str, password: str) -> Person | None:
    """The person, if address and password are right and the account is open; else None, whatever was wrong.

    Ten wrong passwords in a row close the account for a quarter of an hour. The password is compared with no
    transaction open: that takes long on purpose, and nobody else should wait for it.
    """
    with database.reading() as session:
        known = person_by_email(session, email)
    if known is None or not known.password_hash:
        _matches(_nobody(), password)
        return None
    right = _matches(known.password_hash, password)
    better = _HASHER.hash(password) if right and _HASHER.check_needs_rehash(known.password_hash) else ""
    with database.writing() as session:
        person = session.get_one(Person, known.id, with_for_update={"of": Person, "key_share": True})
        right = right and person.password_hash == known.password_hash
        return person if _let_in(session, person, right, better) else None


def _let_in(session: Session, person: Person, right: bool, better_hash: str) -> bool:
    """Counts the try, in the transaction that holds the person's row."""
    now = datetime.now(UTC)
    if person.locked_until and person.locked_until > now:
        return False
    if not right or not person.active:
        person.failed_sign_ins += 1
        if person.failed_sign_ins >= TRIES:
            person.locked_until, person.failed_sign_ins = now + LOCKED_FOR, 0
            record.append(session, person.as_actor(), "sign-in locked", f"person:{person.id}", {"tries": TRIES})
        return False
    person.failed_sign_ins, person.locked_until = 0, None
    person.password_hash = better_hash or person.password_hash
    return True


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Checked when nobody has the address, so that the answer takes as long as for a wrong password."""
    return _HASHER.hash(secrets.token_hex(16))


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerifyMismatchError, InvalidHashError):
        return False


def add_person(
    session: Session,
    actor: Actor,
    *,
    name: str,
    email: str,
    roles: Iterable[Role | tuple[Role, str]] = (),
    password: str = "",
) -> Person:
    """A new member of staff. Without a password they can only email. Raises Invalid or NotPermitted."""
    if not actor.system:
        require(Permission.MANAGE, actor)
    email = email.strip().lower()
    problems = []
    if not name.strip():
        problems.append(Problem("name", "Enter the person's name."))
    if not _looks_like_an_address(email):
        problems.append(Problem("email", "Enter an email address like name@agency.example."))
    elif person_by_email(session, email):
        problems.append(Problem("email", f"There is a person with the address {email} already."))
    problems += _password_problems(password) if password else []
    if problems:
        raise Invalid(problems)
    person = Person(name=name.strip(), email=email, created_at=datetime.now(UTC))
    person.password_hash = _HASHER.hash(password) if password else ""
    pairs = [role if isinstance(role, tuple) else (role, EVERYWHERE) for role in roles]
    person.grants = [RoleGrant(role=role.value, channel_id=channel) for role, channel in dict.fromkeys(pairs)]
    session.add(person)
    session.flush()
    facts = {"roles": [f"{role.value} on {channel}" for role, channel in pairs]}
    record.append(session, actor, "person added", f"person:{person.id}", facts)
    return person


def _looks_like_an_address(email: str) -> bool:
    local, _, domain = email.rpartition("@")
    return bool(local and "." in domain.strip(".") and not set(email) & set(' \r\n\t<>,;"') and email.isprintable())


def _password_problems(password: str) -> list[Problem]:
    if len(password) < MIN_PASSWORD:
        return [Problem("password", f"Use at least {MIN_PASSWORD} characters for the password.")]
    return []


def set_password(session: Session, actor: Actor, person: Person, password: str) -> None:
    """Gives the person a new password and ends their sessions. Raises Invalid or NotPermitted."""
    if not actor.system and actor.id != person.id:
        require(Permission.MANAGE, actor)
    problems = _password_problems(password)
    if problems:
        raise Invalid(problems)
    person.password_hash = _HASHER.hash(password)
    person.failed_sign_ins, person.locked_until = 0, None
    person.sign_in_count += 1
    record.append(session, actor, "password set", f"person:{person.id}")


def disable(session: Session, actor: Actor, person: Person) -> None:
    """Closes the account at once, sessions included. What the person did stays on the record."""
    if not actor.system:
        require(Permission.MANAGE, actor)
    person.active = False
    person.sign_in_count += 1
    record.append(session, actor, "person disabled", f"person:{person.id}")
