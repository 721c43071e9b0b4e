"""The database: engine, sessions, and the fair writer queue of SQLite.

Two kinds of session: `reading()` for what only looks (deferred BEGIN on SQLite), `writing()` for what changes
(BEGIN IMMEDIATE, so that a read never has to be upgraded to a write and SQLITE_BUSY cannot surprise half-way).
Never hold either over a network call.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

READ_ONLY = "teabreak_read_only"
_PRAGMAS = (
    "PRAGMA busy_timeout=30000",  # first: switching to WAL can meet a lock as well
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL may lose the last commits on power loss: mail already answered
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=268435456",
    "PRAGMA cache_size=-32000",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA trusted_schema=OFF",
)


class NestedWrite(RuntimeError):
    """A thread that writes began a second writing transaction: it would wait for itself for ever."""


class _FairQueue:
    """Lets SQLite's writers in one after the other.

    SQLite's own busy handler sleeps and polls, which starves some writers for seconds; `flock` wakes them in order,
    and the kernel frees the lock of a process that dies.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.held: dict[int, int] = {}
        self.thread = threading.local()

    def enter(self, connection: Any) -> None:
        if getattr(self.thread, "writing", False):
            raise NestedWrite("a writing transaction is open in this thread already")
        descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        self.held[id(connection)] = descriptor
        self.thread.writing = True

    def leave(self, connection: Any) -> None:
        # SQLAlchemy hands over the pool's proxy or the connection itself, depending on the caller.
        descriptor = self.held.pop(id(getattr(connection, "dbapi_connection", connection)), None)
        if descriptor is not None:
            self.thread.writing = False
            os.close(descriptor)


def make_engine(url: str) -> sa.Engine:
    """An engine for `url` (SQLite file or PostgreSQL by psycopg 3), set up as the design says."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
    _close_to_others(parsed.database or "")
    engine = sa.create_engine(
        parsed,
        pool_size=10,
        max_overflow=10,
        hide_parameters=True,
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    _set_up_sqlite(engine, _FairQueue(f"{parsed.database}.writer"))
    return engine


def _close_to_others(path: str) -> None:
    """Makes the file before SQLite does: readable by its owner alone, and SQLite's own files beside it take that over.

    One that is there already loses what other users of the machine may do; a group that was let in stays.
    """
    if not path or path == ":memory:" or path.startswith("file:"):
        return
    with suppress(OSError):  # whatever is wrong with the place, SQLite says it when it opens the file
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            # Never opened here: closing it again would drop the locks that this process holds on it.
            for name in (path, f"{path}-wal", f"{path}-shm"):
                with suppress(FileNotFoundError):
                    mode = stat.S_IMODE(os.stat(name).st_mode)
                    if mode & 0o007:
                        os.chmod(name, mode & ~0o007)


def _set_up_sqlite(engine: sa.Engine, queue: _FairQueue) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY):
            connection.exec_driver_sql("BEGIN")
            return
        raw = connection.connection.dbapi_connection
        queue.enter(raw)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            queue.leave(raw)
            raise

    def leaving(finish: Callable[[Any], None]) -> Callable[[Any], None]:
        def finished(connection: Any) -> None:
            try:
                finish(connection)
            finally:
                if not connection.in_transaction:
                    queue.leave(connection)

        return finished

    engine.dialect.do_commit = leaving(engine.dialect.do_commit)  # type: ignore[method-assign,assignment]
    engine.dialect.do_rollback = leaving(engine.dialect.do_rollback)  # type: ignore[method-assign,assignment]


class Database:
    """The engine and its sessions. One a process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(
            self.engine.execution_options(**{READ_ONLY: True}), expire_on_commit=False, autoflush=False
        )

    @property
    def on_postgresql(self) -> bool:
        """Whether this is PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on any exception."""
        with self._write.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking; what it would change is thrown away.

        What was read can be used afterwards: closing detaches objects without expiring them, as a rollback would.
        """
        with self._read() as session:
            yield session

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()
