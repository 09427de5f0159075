"""The plan at a glance, and its published versions."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.people.access import MemberRequest, member
from vigie.plans import actions, document, library
from vigie.plans.findings import findings
from vigie.plans.models import Contact, PlanVersion
from vigie.plans.roles import CrisisRole
from vigie.plans.tree import chain as chain_of

from .contacts import file_of
from .locale import language


@member()
def plan(request: MemberRequest) -> HttpResponse:
    now = request.organisation.clock.now()
    return render(
        request,
        "vigie/plan.html",
        {
            "chain": chain_of(request.organisation),
            "findings": findings(request.organisation, now),
            "scenarios": library.scenarios(request.organisation, language()),
            "contacts": Contact.objects.of(request.organisation).count(),
            "versions": PlanVersion.objects.of(request.organisation).select_related("by")[:10],
        },
    )


@require_POST
@member("plan.change")
def publish(request: MemberRequest) -> HttpResponse:
    now, note = request.organisation.clock.now(), request.POST.get("note", "")
    made = actions.publish(request.organisation, note, language(), by=request.user, at=now)
    messages.success(request, _("Version %(number)s is published.") % {"number": made.number})
    return redirect("plan", request.organisation.slug)


def access_version(request: MemberRequest, number: int) -> PlanVersion:
    found = PlanVersion.objects.of(request.organisation).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@member()
def version_html(request: MemberRequest, number: int) -> HttpResponse:
    """One file that opens on a phone without a network: nothing in it points outside."""
    found = access_version(request, number)
    with translation.override(found.tree["language"]):
        page = render_to_string(
            "vigie/plan_offline.html", {"tree": found.tree, "version": found, "roles": dict(CrisisRole.choices)}
        )
    return file_of(page, "text/html; charset=utf-8", f"plan-{request.organisation.slug}-{number}.html")


@member()
def version_pdf(request: MemberRequest, number: int) -> HttpResponse:
    found = access_version(request, number)
    body = document.as_pdf(found.tree, number)
    return file_of(body, "application/pdf", f"plan-{request.organisation.slug}-{number}.pdf")
