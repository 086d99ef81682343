from django.urls import path

from apps.concerts.api import publication_views, views
from apps.concerts.pages.concert import concert, sale_reminder
from apps.concerts.pages.home import home
from apps.concerts.seat_map.pages import seat_map
from apps.concerts.waiting_room.api import WaitingRoomSettingsView
from apps.concerts.waiting_room.pages import waiting_room

urlpatterns = [
    path("", home, name="home"),
    path("concerts/<slug:slug>/", concert, name="concert-page"),
    path("performances/<int:performance_id>/sale.ics", sale_reminder, name="sale-calendar"),
    path("performances/<int:performance_id>/waiting-room/", waiting_room, name="waiting-room-page"),
    path("performances/<int:performance_id>/seats/", seat_map, name="seat-map-page"),
    path("api/concerts", views.ConcertListView.as_view(), name="concert-list"),
    path("api/concerts/<int:concert_id>", views.ConcertView.as_view(), name="concert"),
    path("api/performances/<int:performance_id>", views.PerformanceView.as_view(), name="performance"),
    path(
        "api/concerts/<int:show_id>/publication",
        publication_views.ConcertPublicationView.as_view(),
        name="concert-publication",
    ),
    path(
        "api/performances/<int:show_id>/publication",
        publication_views.PerformancePublicationView.as_view(),
        name="performance-publication",
    ),
    path(
        "api/performances/<int:performance_id>/waiting-room",
        WaitingRoomSettingsView.as_view(),
        name="waiting-room-settings",
    ),
]
