from django.urls import path

from apps.counseling.api import (
    act_views,
    attachment_views,
    canned_reply_views,
    counselor_views,
    desk_views,
    kpi_views,
    session_views,
)
from apps.counseling.pages import desk, my
from apps.counseling.states import COUNSELOR_STATES

change_state = counselor_views.ChangeStateView.as_view

urlpatterns = [
    path("my/conversations/", my.conversations, name="my-conversations"),
    path("my/conversations/<int:session_id>/", my.conversation, name="my-conversation"),
    path("my/conversations/<int:session_id>/rating/", my.rate, name="my-conversation-rating"),
    path(
        "my/conversations/<int:session_id>/files/<int:attachment_id>/",
        my.conversation_file,
        name="my-conversation-file",
    ),
    path("desk/log-in/", desk.desk_log_in_page, name="desk-log-in"),
    path("desk/log-out/", desk.desk_log_out_page, name="desk-log-out"),
    *(path(desk.address(part), desk.desk_page, {"part": part}, name=name) for part, name in desk.PARTS.items()),
    path("api/counsel-categories", session_views.CategoriesView.as_view()),
    path("api/sessions", session_views.SessionsView.as_view()),
    path("api/sessions/<int:session_id>", session_views.SessionView.as_view()),
    path("api/sessions/<int:session_id>/messages", session_views.MessagesView.as_view()),
    path("api/sessions/<int:session_id>/attachments", attachment_views.AttachmentsView.as_view()),
    path(
        "api/sessions/<int:session_id>/attachments/<int:attachment_id>",
        attachment_views.AttachmentView.as_view(),
    ),
    path("api/sessions/<int:session_id>/accept", session_views.AcceptView.as_view()),
    path("api/sessions/<int:session_id>/decline", session_views.DeclineView.as_view()),
    path("api/sessions/<int:session_id>/transfer", session_views.TransferView.as_view()),
    path("api/sessions/<int:session_id>/transfer-targets", desk_views.TransferTargetsView.as_view()),
    path("api/sessions/<int:session_id>/end", session_views.EndView.as_view()),
    path("api/sessions/<int:session_id>/rating", session_views.RatingView.as_view()),
    path("api/sessions/<int:session_id>/notes", counselor_views.NotesView.as_view()),
    path("api/sessions/<int:session_id>/whisper", counselor_views.WhisperView.as_view()),
    path("api/sessions/<int:session_id>/join", counselor_views.JoinView.as_view()),
    path("api/sessions/<int:session_id>/take-over", counselor_views.TakeOverView.as_view()),
    path("api/sessions/<int:session_id>/context", act_views.ContextView.as_view()),
    path("api/sessions/<int:session_id>/acts/extend-hold", act_views.ExtendHoldView.as_view()),
    path("api/sessions/<int:session_id>/acts/resend-tickets", act_views.ResendTicketsView.as_view()),
    path("api/sessions/<int:session_id>/acts/cancel-order", act_views.CancelOrderView.as_view()),
    path("api/inquiries", act_views.InquiriesView.as_view()),
    *(
        path(f"api/counselors/{row.address}", change_state(state=state))
        for state, row in COUNSELOR_STATES.items()
        if row.address is not None
    ),
    path("api/counselors/me", counselor_views.CounselorMeView.as_view()),
    path("api/counselors/desk", desk_views.DeskView.as_view()),
    path("api/counselors/history", desk_views.HistoryView.as_view()),
    path("api/counselors/wallboard", desk_views.WallboardView.as_view()),
    path("api/counselors/kpis", kpi_views.KpisView.as_view()),
    path("api/counselors/team", counselor_views.TeamView.as_view()),
    path("api/counselors/canned-replies", canned_reply_views.CannedRepliesView.as_view()),
    path("api/counselors/canned-replies/<int:reply_id>", canned_reply_views.CannedReplyView.as_view()),
]
