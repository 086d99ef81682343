from django.urls import path

from apps.accounts.api import auth_views, me_views
from apps.accounts.pages import my_bookers, my_profile
from apps.accounts.pages.log_in import log_in_page, log_out_page, sign_up_page
from apps.accounts.pages.session import session_token

urlpatterns = [
    path("accounts/log-in/", log_in_page, name="log-in"),
    path("accounts/log-out/", log_out_page, name="log-out"),
    path("accounts/sign-up/", sign_up_page, name="sign-up"),
    path("my/bookers/", my_bookers.bookers, name="my-bookers"),
    path("my/bookers/new/", my_bookers.new_booker, name="my-booker-new"),
    path("my/bookers/<int:booker_id>/", my_bookers.booker, name="my-booker"),
    path("my/bookers/<int:booker_id>/default/", my_bookers.default_booker, name="my-booker-default"),
    path("my/bookers/<int:booker_id>/remove/", my_bookers.remove_booker_page, name="my-booker-remove"),
    path("my/profile/", my_profile.profile, name="my-profile"),
    path("my/profile/nickname/", my_profile.nickname, name="my-nickname"),
    path("my/profile/password/", my_profile.password, name="my-password"),
    path("my/log-ins/end-others/", my_profile.end_other_logins, name="my-log-ins-end-others"),
    path("my/log-ins/<uuid:session_id>/end/", my_profile.end_login, name="my-log-in-end"),
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
