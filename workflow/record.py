"""The record: an append-only log of who did what, chained so that a change shows.

A Merkle log as in RFC 6962 (Certificate Transparency): the head row keeps the compact range, so that an append costs
O(log n) hashes and the root at any size can be computed again from the rows. A row commits to its payload by a salted
hash; payload and salt can be erased by law without breaking the log. Rows alone show an edit, a deletion, a swap; a cut
tail or a rewritten history shows against an anchor that was sent out of the house.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models.record_entry import RecordAnchor, RecordEntry, RecordHead
from workflow.roles import Actor


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _leaf(entry: RecordEntry) -> bytes:
    row = [entry.seq, entry.at, entry.actor, entry.actor_id, entry.action, entry.object, entry.payload_hash.hex()]
    return _hash(b"\x00" + json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())


def _extended(compact: bytes, size: int, leaf: bytes) -> bytes:
    """The compact range of `size` leaves (32-byte subtree hashes, largest first) with one leaf more."""
    compact += leaf
    count = size + 1
    while count % 2 == 0:
        compact = compact[:-64] + _hash(b"\x01" + compact[-64:])
        count //= 2
    return compact


def _root(compact: bytes) -> bytes:
    if not compact:
        return _hash(b"")
    parts = [compact[at : at + 32] for at in range(0, len(compact), 32)]
    root = parts.pop()
    while parts:
        root = _hash(b"\x01" + parts.pop() + root)
    return root


def append(session: Session, actor: Actor, action: str, object_: str, payload: Mapping[str, Any] | None = None) -> int:
    """Adds one entry in the caller's transaction and gives its number.

    Call it last before the commit: the head row is locked from here on. `payload` holds facts, never the words of a
    post: those stand in its revisions.
    """
    session.flush()
    head = session.scalars(sa.select(RecordHead).where(RecordHead.id == 1).with_for_update()).one_or_none()
    if head is None:
        head = RecordHead(id=1, size=0, range=b"")
        session.add(head)
        session.flush()
    text = json.dumps(payload or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    salt = os.urandom(16)
    entry = RecordEntry(
        seq=head.size + 1,
        at=datetime.now(UTC).isoformat(timespec="microseconds"),
        actor=actor.name,
        actor_id=actor.id,
        action=action,
        object=object_,
        payload=text,
        salt=salt,
        payload_hash=_hash(salt + text.encode()),
    )
    entry.leaf = _leaf(entry)
    head.range = _extended(head.range, head.size, entry.leaf)
    head.size += 1
    session.add(entry)
    session.flush()
    return entry.seq


def entries_of(session: Session, object_: str) -> list[RecordEntry]:
    """All entries about one thing, oldest first."""
    return list(session.scalars(sa.select(RecordEntry).where(RecordEntry.object == object_).order_by(RecordEntry.seq)))


@dataclass(frozen=True, slots=True)
class Anchor:
    """The log's size and root at one moment, in the form that leaves the house."""

    size: int
    root: str

    def __str__(self) -> str:
        return f"teabreak record\n{self.size}\n{self.root}\n"

    @classmethod
    def parse(cls, text: str) -> list[Anchor]:
        """All anchors in a text (a mail, a file with several). Raises ValueError where there is none."""
        lines = [line.strip() for line in text.splitlines()]
        found = [
            cls(int(lines[at + 1]), lines[at + 2])
            for at, line in enumerate(lines[:-2])
            if line == "teabreak record" and lines[at + 1].isdigit()
        ]
        if not found:
            raise ValueError(
                "There is no anchor in this file: it should hold the lines “teabreak record”, a size and a root."
            )
        return found


def anchor(session: Session) -> Anchor:
    """The log as it stands, to be sent out; also kept beside the log."""
    head = session.get(RecordHead, 1)
    made = Anchor(head.size if head else 0, base64.b64encode(_root(head.range if head else b"")).decode())
    if session.get(RecordAnchor, made.size) is None:
        session.add(RecordAnchor(size=made.size, root=made.root, at=datetime.now(UTC)))
    return made


@dataclass(slots=True)
class Verification:
    """How many entries were read, and everything that is wrong with them, in sentences."""

    size: int = 0
    problems: list[str] = field(default_factory=list)


def verify(session: Session, anchors: Iterable[Anchor] = ()) -> Verification:
    """Reads the whole log and holds it against itself, its head, the kept anchors and those given."""
    result = Verification()
    roots = {row.size: row.root for row in session.scalars(sa.select(RecordAnchor))}
    expected: dict[int, set[str]] = {size: {root} for size, root in roots.items()}
    for given in anchors:
        expected.setdefault(given.size, set()).add(given.root)
    compact = b""
    rows = session.scalars(sa.select(RecordEntry).order_by(RecordEntry.seq).execution_options(yield_per=1000))
    for entry in rows:
        result.problems += _problems_of(entry, result.size + 1)
        compact = _extended(compact, result.size, _leaf(entry))
        result.size += 1
        if result.size in expected:
            own = base64.b64encode(_root(compact)).decode()
            if expected.pop(result.size) != {own}:
                result.problems.append(
                    f"The anchor at entry {result.size} does not fit: what came before it was changed."
                )
    expected.pop(0, None)
    result.problems += [
        f"An anchor names {size} entries, but only {result.size} are left." for size in sorted(expected)
    ]
    head = session.get(RecordHead, 1)
    if (head.size if head else 0) != result.size or (head and _root(head.range) != _root(compact)):
        result.problems.append(f"The head of the log does not fit its {result.size} entries.")
    return result


def _problems_of(entry: RecordEntry, expected_seq: int) -> list[str]:
    problems = []
    if entry.seq != expected_seq:
        problems.append(f"Entry {expected_seq} is missing: entry {entry.seq} stands in its place.")
    if entry.payload is not None and _hash((entry.salt or b"") + entry.payload.encode()) != entry.payload_hash:
        problems.append(f"Entry {entry.seq}: what it says was changed.")
    if _leaf(entry) != entry.leaf:
        problems.append(f"Entry {entry.seq}: who, what or when was changed.")
    return problems
