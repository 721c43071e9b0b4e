"""The tables, one class a file. Importing this module makes them all known."""

from workflow.models.allow_list import AllowListEntry
from workflow.models.base import Base
from workflow.models.channel import Channel
from workflow.models.database import Database
from workflow.models.decision import CitedClause, Decision
from workflow.models.finding import ANSWERS, Answer, FindingRow
from workflow.models.guide_version import GuideVersion
from workflow.models.job import Job, Lease
from workflow.models.job_fault import JobFault
from workflow.models.mail import IncomingMail, MailboxState, OutgoingMail
from workflow.models.person import Person, RoleGrant
from workflow.models.post import Post, id_of, reference_of
from workflow.models.publication import Publication, PublicationState
from workflow.models.record_entry import RecordAnchor, RecordEntry, RecordHead
from workflow.models.revision import Picture, Revision

__all__ = [
    "ANSWERS",
    "AllowListEntry",
    "Answer",
    "Base",
    "Channel",
    "CitedClause",
    "Database",
    "Decision",
    "FindingRow",
    "GuideVersion",
    "IncomingMail",
    "Job",
    "JobFault",
    "Lease",
    "MailboxState",
    "OutgoingMail",
    "Person",
    "Picture",
    "Post",
    "Publication",
    "PublicationState",
    "RecordAnchor",
    "RecordEntry",
    "RecordHead",
    "Revision",
    "RoleGrant",
    "id_of",
    "reference_of",
]
