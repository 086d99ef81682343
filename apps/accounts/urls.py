from django.urls import path

from apps.accounts.api import auth_views, me_views
from apps.accounts.pages.log_in import log_in_page, log_out_page, sign_up_page
from apps.accounts.pages.session import session_token

urlpatterns = [
    path("accounts/log-in/", log_in_page, name="log-in"),
    path("accounts/log-out/", log_out_page, name="log-out"),
    path("accounts/sign-up/", sign_up_page, name="sign-up"),
    path("session/token", session_token, name="session-token"),
    path("api/auth/signup", auth_views.SignUpView.as_view()),
    path("api/auth/login", auth_views.LogInView.as_view()),
    path("api/auth/refresh", auth_views.RefreshView.as_view()),
    path("api/auth/logout", auth_views.LogOutView.as_view()),
    path("api/auth/me", me_views.MeView.as_view()),
    path("api/auth/me/password", me_views.PasswordView.as_view()),
    path("api/auth/me/bookers", me_views.BookersView.as_view()),
    path("api/auth/me/bookers/<int:booker_id>", me_views.BookerView.as_view()),
]
