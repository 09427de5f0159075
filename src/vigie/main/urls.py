"""Addresses of the whole house."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from vigie.web.screens import alerts, people, sources, start, tower, veille, watches

organisation = [
    path("", tower.tower, name="tower"),
    path("veille/", veille.veille, name="veille"),
    path("veille/mentions.csv", veille.export_csv, name="veille-csv"),
    path("veille/mentions.xlsx", veille.export_xlsx, name="veille-xlsx"),
    path("mentions/<int:pk>/", veille.mention, name="mention"),
    path("mentions/<int:pk>/correct", veille.correct, name="mention-correct"),
    path("mentions/<int:pk>/why/", veille.why, name="mention-why"),
    path("mentions/<int:pk>/undo", veille.undo_correction, name="mention-undo"),
    path("mentions/<int:pk>/ours", veille.ours, name="mention-ours"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<int:number>/", alerts.alert, name="alert"),
    path("alerts/<int:number>/acknowledge", alerts.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:number>/dismiss", alerts.dismiss, name="alert-dismiss"),
    path("alerts/<int:number>/reopen", alerts.reopen, name="alert-reopen"),
    path("alerts/<int:number>/more/", alerts.more, name="alert-more"),
    path("alerts/<int:number>/escalate", alerts.escalate, name="alert-escalate"),
    path("watches/", watches.watches, name="watches"),
    path("watches/new", watches.new, name="watch-new"),
    path("watches/try", watches.attempt, name="watch-try"),
    path("watches/<int:pk>/", watches.watch, name="watch"),
    path("watches/<int:pk>/active", watches.set_active, name="watch-active"),
    path("sources/", sources.sources, name="sources"),
    path("sources/file", sources.upload, name="upload"),
    path("sources/aside", sources.aside, name="aside"),
    path("sources/aside/retry", sources.retry, name="aside-retry"),
    path("sources/new/<slug:network>", sources.new, name="source-new"),
    path("sources/<int:pk>/", sources.source, name="source"),
    path("sources/<int:pk>/state", sources.set_state, name="source-state"),
    path("sources/<int:pk>/remove", sources.remove, name="source-remove"),
    path("settings/", people.settings_page, name="settings"),
    path("settings/organisation", people.organisation, name="organisation"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite", people.invite, name="people-invite"),
    path("settings/people/<int:pk>/role", people.change_role, name="people-role"),
    path("settings/people/<int:pk>/remove", people.remove, name="people-remove"),
    path("settings/people/<int:pk>/reset", people.reset, name="people-reset"),
    path("settings/invitations/<int:pk>/withdraw", people.withdraw, name="people-withdraw"),
    path("settings/duty/", people.duty, name="duty"),
    path("settings/duty/test", people.test, name="duty-test"),
    path("settings/duty/<int:pk>/move", people.move, name="duty-move"),
    path("settings/channels/<int:pk>/remove", people.remove_channel, name="channel-remove"),
    # Served by the live path of the ASGI application; named here so that pages can point to it.
    path("live", tower.tower, name="live"),
]

urlpatterns = [
    path("", start.root, name="root"),
    path("start/<str:secret>", start.begin, name="begin"),
    path("invitation/<str:secret>", start.invitation, name="invitation"),
    path("language", start.language, name="language"),
    path("me", start.me, name="me"),
    path("hooks/<int:pk>", sources.hook, name="hook"),
    # Mail addresses are given by invitation: nobody takes another person's.
    path("accounts/email/", RedirectView.as_view(url="/me"), name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("o/<slug:slug>/", include(organisation)),
]
