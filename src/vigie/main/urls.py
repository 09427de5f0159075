"""Addresses of the whole house."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from django.views.generic import RedirectView

from vigie.web.screens import alerts, duty, palette, people, personal, sources, start, tower, watches, week
from vigie.web.screens import organisation as organisations
from vigie.web.screens.crisis import critical, freeze, opening, outside, room, team, telling
from vigie.web.screens.crisis.boards import table
from vigie.web.screens.prepare import chain, contacts, plan, rules, scenarios
from vigie.web.screens.veille import export, listing, mention

in_room: list[tuple[str, Any, str]] = [
    ("", room.the_room, "room"),
    ("boards/<slug:name>/", room.board, "room-board"),
    ("lines/", room.courante, "room-lines"),
    ("lines.jsonl", telling.export, "room-export"),
    ("lines.pdf", telling.export_pdf, "room-pdf"),
    ("brief/", telling.brief, "room-brief"),
    ("say", room.say, "room-say"),
    ("lines/<int:seq>/correct", room.correct, "room-correct"),
    ("lines/<int:seq>/pin", room.pin, "room-pin"),
    ("level", room.level, "room-level"),
    ("rename", room.rename, "room-rename"),
    ("follow", room.follow, "room-follow"),
    ("close", room.close, "room-close"),
    ("reopen", room.reopen, "room-reopen"),
    ("critical/", critical.critical, "room-critical"),
    ("here", team.here, "room-here"),
    ("team", team.give_role, "room-give-role"),
    ("team/<int:pk>/leave", team.take_role_away, "room-take-role"),
    ("team/<int:pk>/call", team.call_again, "room-call"),
    ("guests", team.guest, "room-guest"),
    ("guests/<int:pk>/copy", team.guest_copy, "room-guest-copy"),
    ("cards", team.share, "room-share"),
    ("cards/<int:pk>/close", team.unshare, "room-unshare"),
    ("report", telling.report, "report"),
    ("reports/<int:report>/", telling.report_read, "report-read"),
    ("handover", telling.handover, "handover"),
    *table.ROUTES,
]
organisation: list[Any] = [
    path("", tower.tower, name="tower"),
    path("palette/", palette.palette, name="palette"),
    path("veille/", listing.veille, name="veille"),
    path("veille/mentions.csv", export.export_csv, name="veille-csv"),
    path("veille/mentions.xlsx", export.export_xlsx, name="veille-xlsx"),
    path("mentions/<int:pk>/", mention.mention, name="mention"),
    path("mentions/<int:pk>/correct", mention.correct, name="mention-correct"),
    path("mentions/<int:pk>/why/", mention.why, name="mention-why"),
    path("mentions/<int:pk>/undo", mention.undo_correction, name="mention-undo"),
    path("mentions/<int:pk>/ours", mention.ours, name="mention-ours"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/week/", week.week, name="week"),
    path("alerts/week/missed", week.missed, name="week-missed"),
    path("alerts/week/<int:pk>/undo", week.undo, name="week-undo"),
    path("alerts/<int:number>/", alerts.alert, name="alert"),
    path("alerts/<int:number>/judge", week.judge, name="alert-judge"),
    path("alerts/<int:number>/acknowledge", alerts.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:number>/dismiss", alerts.dismiss, name="alert-dismiss"),
    path("alerts/<int:number>/reopen", alerts.reopen, name="alert-reopen"),
    path("alerts/<int:number>/more/", alerts.more, name="alert-more"),
    path("alerts/<int:number>/escalate", alerts.escalate, name="alert-escalate"),
    path("mentions/<int:pk>/handle", critical.handle, name="mention-handle"),
    path("mode/", freeze.freeze_page, name="mode"),
    path("plan/", plan.plan, name="plan"),
    path("plan/chain/", chain.chain, name="chain"),
    path("plan/chain/<int:pk>/remove", chain.seat_remove, name="seat-remove"),
    path("plan/rules/", rules.rules, name="rules"),
    path("plan/publish", plan.publish, name="plan-publish"),
    path("plan/versions/<int:number>.html", plan.version_html, name="plan-html"),
    path("plan/versions/<int:number>.pdf", plan.version_pdf, name="plan-pdf"),
    path("plan/scenarios/<slug:key>/", scenarios.scenario, name="scenario"),
    path("plan/scenarios/<slug:key>/copy", scenarios.scenario_copy, name="scenario-copy"),
    path("plan/own/<int:pk>/", scenarios.scenario_edit, name="scenario-edit"),
    path("plan/contacts/", contacts.directory, name="contacts"),
    path("plan/contacts/new", contacts.contact, name="contact-new"),
    path("plan/contacts/import", contacts.contacts_import, name="contacts-import"),
    path("plan/contacts/export", contacts.contacts_export, name="contacts-export"),
    path("plan/contacts/<int:pk>/", contacts.contact, name="contact"),
    path("crises/", opening.crises, name="crises"),
    path("crises/new", opening.new, name="crisis-new"),
    *(path(f"crises/<int:number>/{route}", view, name=name) for route, view, name in in_room),
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
    path("sources/<int:pk>/keep", sources.keep_for, name="source-keep"),
    path("sources/<int:pk>/remove", sources.remove, name="source-remove"),
    path("settings/", organisations.settings_page, name="settings"),
    path("settings/organisation", organisations.organisation, name="organisation"),
    path("settings/people/", people.people, name="people"),
    path("settings/access/", people.access_log, name="access"),
    path("settings/access/note", personal.take_note, name="journal-note"),
    path("settings/personal/", personal.personal, name="personal"),
    path("settings/personal/export", personal.export, name="personal-export"),
    path("settings/personal/erase", personal.erase, name="personal-erase"),
    path("settings/people/invite", people.invite, name="people-invite"),
    path("settings/people/<int:pk>/role", people.change_role, name="people-role"),
    path("settings/people/<int:pk>/remove", people.remove, name="people-remove"),
    path("settings/people/<int:pk>/reset", people.reset, name="people-reset"),
    path("settings/links/<int:pk>/withdraw", people.withdraw, name="people-withdraw"),
    path("settings/links/<int:pk>/copy", people.copy, name="people-copy"),
    path("settings/duty/", duty.duty, name="duty"),
    path("settings/duty/test", duty.test, name="duty-test"),
    path("settings/duty/<int:pk>/move", duty.move, name="duty-move"),
    path("settings/messages/<int:pk>/again", duty.again, name="message-again"),
    path("settings/channels/<int:pk>/remove", duty.remove_channel, name="channel-remove"),
    # Served by the live path of the ASGI application; named here so that pages can point to it.
    path("live", tower.tower, name="live"),
]

urlpatterns = [
    path("", start.root, name="root"),
    path("start/<str:secret>", start.begin, name="begin"),
    path("invitation/<str:secret>", start.invitation, name="invitation"),
    path("language", start.language, name="language"),
    path("me", start.me, name="me"),
    path("me/address", start.address, name="address"),
    path("address/<str:secret>", start.address_confirmed, name="address-confirm"),
    path("answer/<str:secret>", outside.answer, name="answer"),
    path("situation/<str:secret>", outside.situation, name="situation-card"),
    path("hooks/<int:pk>", sources.hook, name="hook"),
    # Mail addresses are given by invitation: nobody takes another person's.
    path("accounts/email/", RedirectView.as_view(url="/me"), name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("o/<slug:slug>/", include(organisation)),
]
handler400 = "vigie.web.errors.not_understood"
handler403 = "vigie.web.errors.not_allowed"
handler404 = "vigie.web.errors.not_found"
handler500 = "vigie.web.errors.failed"
