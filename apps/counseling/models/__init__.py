"""What counseling keeps in the database."""

from apps.counseling.models.acts import CounselorAct, Inquiry
from apps.counseling.models.catalogue import CannedReply, Category, Domain, OpeningHours, WrapUpCode
from apps.counseling.models.conversations import Attachment, CounselMessage, InternalNote
from apps.counseling.models.counselors import CounselorProfile, CounselorStateEvent
from apps.counseling.models.kpis import DailyCategoryKpi, DailyCounselorKpi, KpiMark
from apps.counseling.models.sessions import (
    COUNSEL_SESSION_MOVES,
    CounselAssignment,
    CounselLog,
    CounselRating,
    CounselSession,
    CounselSessionEvent,
)

__all__ = [
    "COUNSEL_SESSION_MOVES",
    "Attachment",
    "CannedReply",
    "Category",
    "CounselAssignment",
    "CounselLog",
    "CounselMessage",
    "CounselRating",
    "CounselSession",
    "CounselSessionEvent",
    "CounselorAct",
    "CounselorProfile",
    "CounselorStateEvent",
    "DailyCategoryKpi",
    "DailyCounselorKpi",
    "Domain",
    "Inquiry",
    "InternalNote",
    "KpiMark",
    "OpeningHours",
    "WrapUpCode",
]
