from django.urls import path

from apps.concerts import pages
from apps.concerts.api import views
from apps.concerts.waiting_room.api import WaitingRoomSettingsView

urlpatterns = [
    path("", pages.home, name="home"),
    path("api/concerts", views.ConcertListView.as_view(), name="concert-list"),
    path("api/concerts/<int:concert_id>", views.ConcertView.as_view(), name="concert"),
    path("api/performances/<int:performance_id>", views.PerformanceView.as_view(), name="performance"),
    path(
        "api/performances/<int:performance_id>/waiting-room",
        WaitingRoomSettingsView.as_view(),
        name="waiting-room-settings",
    ),
]
