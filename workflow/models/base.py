"""What every table shares: the declarative base, the types that are the same on SQLite and PostgreSQL."""

from __future__ import annotations

import enum
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# Named, so that migrations can drop and change them on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigInt = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An instant, aware, in UTC: an ISO text on SQLite (STRICT tables know no dates), timestamptz on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Text on SQLite, so that order in the index is order in time (fixed width)."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuses a naive time: guessing its zone is how posts go out an hour early."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        given: datetime = value
        return given.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON kept as text on both databases: STRICT tables know no JSON, and nothing asks inside it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """None stays NULL."""
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """As it was given."""
        return None if value is None else json.loads(value)


class Flag(TypeDecorator[bool]):
    """Yes or no: boolean on PostgreSQL, 0 or 1 on SQLite (STRICT tables know no boolean)."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """An integer on SQLite."""
        return dialect.type_descriptor(sa.Boolean() if dialect.name == "postgresql" else sa.Integer())

    def process_bind_param(self, value: bool | None, dialect: sa.Dialect) -> Any:
        """A bool or an int."""
        return value if value is None or dialect.name == "postgresql" else int(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> bool | None:
        """Always a bool."""
        return None if value is None else bool(value)


def one_of(values: type[enum.StrEnum] | tuple[str, ...]) -> str:
    """The inside of a CHECK: a list of quoted words."""
    return ", ".join("'" + str(value).replace("'", "''") + "'" for value in values)


class Base(DeclarativeBase):
    """The base of all models."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        datetime: Instant(),
        str: sa.Text(),
        bool: Flag(),
        float: sa.Double().with_variant(sa.REAL(), "sqlite"),
        bytes: sa.LargeBinary(),
        dict[str, Any]: Json(),
        list[str]: Json(),
        list[Any]: Json(),
    }
    __table_args__: Any = {"sqlite_strict": True}
