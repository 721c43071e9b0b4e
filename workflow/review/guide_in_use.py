"""The guide that is in use, and the versions that were."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.guide.clauses import Guide
from workflow.guide.loader import built_in, dump, load
from workflow.models import GuideVersion
from workflow.roles import SYSTEM, Actor, Permission, require


@lru_cache(maxsize=64)
def _loaded(toml: str) -> Guide:
    return load(toml)


def ensure_guide(session: Session) -> Guide:
    """The guide in use; on a new installation the built-in one, put in use now."""
    row = _latest(session)
    if row is None:
        guide = built_in()
        _store(session, SYSTEM, guide)
        return guide
    return _loaded(row.toml)


def guide_in_use(session: Session) -> Guide:
    """The guide in use. Until one is stored (`ensure_guide`), the built-in one."""
    row = _latest(session)
    return _loaded(row.toml) if row else built_in()


def guide_at(session: Session, version: str) -> Guide | None:
    """The guide as it was under that version, or None where there never was one."""
    row = session.get(GuideVersion, version)
    return _loaded(row.toml) if row else None


def put_in_use(session: Session, actor: Actor, toml: str) -> Guide:
    """Puts a guide (TOML) in use from now on. Raises NotPermitted, or the loader's error for a faulty guide."""
    require(Permission.MANAGE_GUIDE, actor)
    guide = load(toml)
    _store(session, actor, guide)
    return guide


def _latest(session: Session) -> GuideVersion | None:
    return session.scalars(sa.select(GuideVersion).order_by(GuideVersion.used_from.desc()).limit(1)).one_or_none()


def _store(session: Session, actor: Actor, guide: Guide) -> None:
    row = session.get(GuideVersion, guide.version)
    if row is None:
        row = GuideVersion(version=guide.version, toml=dump(guide), used_from=datetime.now(UTC))
        session.add(row)
    row.used_from = datetime.now(UTC)
    row.put_in_use_by_id = actor.id
    record.append(
        session, actor, "guide put in use", "guide", {"version": guide.version, "clauses": len(guide.clauses)}
    )
