"""All tables of the first version, the record's triggers, and on PostgreSQL Procrastinate's own tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.models.base import Flag, Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
DOUBLE: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

# The record is append-only. A lawful erasure may take a payload and its salt away, nothing else.
_WHY = "the record is append-only"
_SQLITE_TRIGGERS = (
    f"""create trigger record_entry_no_update before update on record_entry
    when new.payload is not null or new.salt is not null or new.seq is not old.seq or new.at is not old.at
      or new.actor is not old.actor or new.actor_id is not old.actor_id or new.action is not old.action
      or new.object is not old.object or new.payload_hash is not old.payload_hash or new.leaf is not old.leaf
    begin select raise(abort, '{_WHY}'); end""",
    f"create trigger record_entry_no_delete before delete on record_entry begin select raise(abort, '{_WHY}'); end",
    f"create trigger record_anchor_no_update before update on record_anchor begin select raise(abort, '{_WHY}'); end",
    f"create trigger record_anchor_no_delete before delete on record_anchor begin select raise(abort, '{_WHY}'); end",
)
_POSTGRESQL_TRIGGERS = (
    f"""create function record_refuses() returns trigger language plpgsql as $$
    begin raise exception '{_WHY}' using errcode = 'integrity_constraint_violation'; end $$""",
    """create trigger record_entry_no_update before update on record_entry for each row
    when (new.payload is not null or new.salt is not null
      or (new.seq, new.at, new.actor, new.actor_id, new.action, new.object, new.payload_hash, new.leaf) is distinct from
         (old.seq, old.at, old.actor, old.actor_id, old.action, old.object, old.payload_hash, old.leaf))
    execute function record_refuses()""",
    "create trigger record_entry_no_delete before delete on record_entry for each row execute function record_refuses()",
    "create trigger record_entry_no_truncate before truncate on record_entry execute function record_refuses()",
    "create trigger record_anchor_no_change before update or delete on record_anchor for each row "
    "execute function record_refuses()",
    "create trigger record_anchor_no_truncate before truncate on record_anchor execute function record_refuses()",
)


def upgrade() -> None:
    _tables()
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        from procrastinate.schema import SchemaManager

        # Its schema holds percent signs and several statements: no parameters, as it stands.
        op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
    for statement in _POSTGRESQL_TRIGGERS if on_postgresql else _SQLITE_TRIGGERS:
        op.get_bind().exec_driver_sql(statement)


def _tables() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("service_url", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("paused", Flag(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.CheckConstraint("id <> '' and id <> '*'", name=op.f("ck_channel_id_is_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sqlite_strict=True,
    )
    op.create_table(
        "job",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state in ('scheduled', 'ready', 'running', 'done', 'dead')", name=op.f("ck_job_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_job_key",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("key is not null and state in ('scheduled', 'ready', 'running')"),
        postgresql_where=sa.text("key is not null and state in ('scheduled', 'ready', 'running')"),
    )
    op.create_index(
        "ix_job_ready",
        "job",
        ["priority", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_job_running",
        "job",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_job_scheduled",
        "job",
        ["run_at"],
        unique=False,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", BIG_INT, nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "mailbox_state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_checked_at", Instant(), nullable=True),
        sa.Column("last_message_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", Flag(), nullable=False),
        sa.Column("sign_in_count", sa.Integer(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("email = lower(email) and email like '%_@_%'", name=op.f("ck_person_email_is_an_address")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "record_anchor",
        sa.Column("size", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_record_anchor")),
        sqlite_strict=True,
    )
    op.create_table(
        "record_entry",
        sa.Column("seq", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG_INT, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_record_entry")),
        sqlite_strict=True,
    )
    op.create_index("ix_record_entry_object", "record_entry", ["object", "seq"], unique=False)
    op.create_table(
        "record_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", BIG_INT, nullable=False),
        sa.Column("range", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_record_head_one_log")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "guide_version",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("used_from", Instant(), nullable=False),
        sa.Column("put_in_use_by_id", BIG_INT, nullable=True),
        sa.ForeignKeyConstraint(["put_in_use_by_id"], ["person.id"], name=op.f("fk_guide_version_put_in_use_by_id")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_guide_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "post",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("author_id", BIG_INT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", Instant(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("approver_id", BIG_INT, nullable=True),
        sa.Column("approved_digest", sa.Text(), nullable=True),
        sa.Column("sent_to_officer_at", Instant(), nullable=True),
        sa.Column("hidden", Flag(), nullable=False),
        sa.CheckConstraint("origin in ('web', 'mail', 'api', 'command line')", name=op.f("ck_post_origin_known")),
        sa.CheckConstraint(
            "state in ('draft', 'held', 'checking', 'in review', 'changes asked', 'approved', 'scheduled', 'publishing', 'published', 'unconfirmed', 'failed', 'rejected', 'withdrawn', 'expired', 'taken down')",
            name=op.f("ck_post_state_known"),
        ),
        sa.CheckConstraint(
            "state not in ('approved', 'published', 'publishing', 'scheduled', 'unconfirmed') or (approver_id is not null and approver_id <> author_id and approved_digest is not null and approved_digest = digest)",
            name=op.f("ck_post_approved_means_approved"),
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["person.id"], name=op.f("fk_post_approver_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_post_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sqlite_strict=True,
    )
    op.create_index("ix_post_mine", "post", ["author_id", "id"], unique=False)
    op.create_index("ix_post_queue", "post", ["state", "due_at", "id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("person_id", BIG_INT, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role in ('author', 'reviewer', 'publisher', 'records officer', 'whistleblowing officer', 'administrator')",
            name=op.f("ck_role_grant_role_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", "channel_id", name=op.f("pk_role_grant")),
        sqlite_strict=True,
    )
    op.create_table(
        "incoming_mail",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("uidvalidity", BIG_INT, nullable=True),
        sa.Column("uid", BIG_INT, nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", BIG_INT, nullable=False),
        sa.Column("too_large", Flag(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=True),
        sa.Column("understood", Json(), nullable=True),
        sa.Column("post_id", BIG_INT, nullable=True),
        sa.Column("handled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state in ('received', 'taken in', 'set aside', 'duplicate', 'discarded')",
            name=op.f("ck_incoming_mail_state_known"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_incoming_mail_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid", name=op.f("uq_incoming_mail_mailbox_uidvalidity_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_incoming_mail_content_key",
        "incoming_mail",
        ["content_key"],
        unique=True,
        sqlite_where=sa.text("content_key is not null"),
        postgresql_where=sa.text("content_key is not null"),
    )
    op.create_index("ix_incoming_mail_state", "incoming_mail", ["state", "id"], unique=False)
    op.create_table(
        "outgoing_mail",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("person_id", BIG_INT, nullable=True),
        sa.Column("post_id", BIG_INT, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'sent', 'refused')", name=op.f("ck_outgoing_mail_state_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outgoing_mail_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_outgoing_mail_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_mail_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_outgoing_mail_post_id", "outgoing_mail", ["post_id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("post_id", BIG_INT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("texts", Json(), nullable=False),
        sa.Column("channels", Json(), nullable=False),
        sa.Column("publish_at", Instant(), nullable=True),
        sa.Column("publish_wall", sa.Text(), nullable=False),
        sa.Column("publish_zone", sa.Text(), nullable=False),
        sa.Column("link_card", Json(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("written_by_id", BIG_INT, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("guide_version", sa.Text(), nullable=True),
        sa.Column("incoming_mail_id", BIG_INT, nullable=True),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_revision_digest_is_sha256")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_revision_post_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_revision_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("id", "digest", name=op.f("uq_revision_id_digest")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_revision_post_id_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "decision",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("post_id", BIG_INT, nullable=False),
        sa.Column("revision_id", BIG_INT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("author_id", BIG_INT, nullable=False),
        sa.Column("reviewer_id", BIG_INT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("guide_version", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("decision = 'approve' or note <> ''", name=op.f("ck_decision_refusal_has_a_sentence")),
        sa.CheckConstraint(
            "decision in ('approve', 'ask for changes', 'reject')", name=op.f("ck_decision_decision_known")
        ),
        sa.CheckConstraint("reviewer_id <> author_id", name=op.f("ck_decision_not_by_its_author")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_decision_author_id")),
        sa.ForeignKeyConstraint(["guide_version"], ["guide_version.version"], name=op.f("fk_decision_guide_version")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_decision_post_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_decision_reviewer_id")),
        sa.ForeignKeyConstraint(
            ["revision_id", "digest"], ["revision.id", "revision.digest"], name=op.f("fk_decision_revision_id_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "id", "revision_id", "digest", "decision", name=op.f("uq_decision_id_revision_id_digest_decision")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "finding",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("revision_id", BIG_INT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("clause_id", sa.Text(), nullable=False),
        sa.Column("guide_version", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("start_at", sa.Integer(), nullable=False),
        sa.Column("end_at", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("score", DOUBLE, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.CheckConstraint("level in ('advise', 'answer', 'block')", name=op.f("ck_finding_level_known")),
        sa.CheckConstraint("start_at >= 0 and end_at >= start_at", name=op.f("ck_finding_passage_is_one")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_finding_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("revision_id", "number", name=op.f("uq_finding_revision_id_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "picture",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("revision_id", BIG_INT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", BIG_INT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt_text", sa.Text(), nullable=False),
        sa.Column("decorative_because", sa.Text(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_picture_sha256_is_one")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_picture_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("revision_id", "position", name=op.f("uq_picture_revision_id_position")),
        sqlite_strict=True,
    )
    op.create_table(
        "answer",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("post_id", BIG_INT, nullable=False),
        sa.Column("finding_id", BIG_INT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", BIG_INT, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("kind = 'fixed' or reason <> ''", name=op.f("ck_answer_reason_given")),
        sa.CheckConstraint(
            "kind in ('fixed', 'dismissed', 'consent', 'public', 'permission', 'taken over')",
            name=op.f("ck_answer_kind_known"),
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_answer_finding_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_answer_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_answer_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sqlite_strict=True,
    )
    op.create_index("ix_answer_post_id_key", "answer", ["post_id", "key"], unique=False)
    op.create_table(
        "cited_clause",
        sa.Column("decision_id", BIG_INT, nullable=False),
        sa.Column("clause_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_cited_clause_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", "clause_id", name=op.f("pk_cited_clause")),
        sqlite_strict=True,
    )
    op.create_table(
        "publication",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("post_id", BIG_INT, nullable=False),
        sa.Column("revision_id", BIG_INT, nullable=False),
        sa.Column("decision_id", BIG_INT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", Json(), nullable=True),
        sa.Column("payload_sha256", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", Instant(), nullable=True),
        sa.Column("network_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("response", Json(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("published_by_id", BIG_INT, nullable=True),
        sa.CheckConstraint("approval = 'approve'", name=op.f("ck_publication_approval_is_one")),
        sa.CheckConstraint(
            "state <> 'published' or published_at is not null", name=op.f("ck_publication_published_has_a_time")
        ),
        sa.CheckConstraint(
            "state in ('scheduled', 'sending', 'waiting', 'published', 'unconfirmed', 'failed', 'cancelled')",
            name=op.f("ck_publication_state_known"),
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_publication_channel_id")),
        sa.ForeignKeyConstraint(
            ["decision_id", "revision_id", "digest", "approval"],
            ["decision.id", "decision.revision_id", "decision.digest", "decision.decision"],
            name=op.f("fk_publication_approval"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_publication_post_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_publication_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("revision_id", "channel_id", name=op.f("uq_publication_revision_id_channel_id")),
        sqlite_strict=True,
    )
