"""The directory."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.lib.text import clean
from vigie.people.access import MemberRequest, member
from vigie.plans import actions, contacts
from vigie.plans.models import Contact

from .locale import language

LARGEST = 2 * 1024 * 1024


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Contact
        fields = [
            "name",
            "function",
            "company",
            "group",
            "phone",
            "emergency",
            "email",
            "influence",
            "interest",
            "position",
            "notes",
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for name in ("influence", "interest"):
            if name in found and not 1 <= found[name] <= 5:
                self.add_error(name, _("From 1 to 5."))
        return found


@member()
def directory(request: MemberRequest) -> HttpResponse:
    found = Contact.objects.of(request.organisation)
    return render(request, "vigie/contacts.html", {"contacts": found})


@member("plan.change")
def contact(request: MemberRequest, pk: int = 0) -> HttpResponse:
    held = Contact.objects.of(request.organisation).filter(pk=pk).select_related("organisation").first() if pk else None
    if pk and held is None:
        raise Http404
    now = request.organisation.clock.now()
    if held and request.method == "POST" and request.POST.get("remove"):
        actions.remove_contact(held, by=request.user, at=now)
        return redirect("contacts", request.organisation.slug)
    form = ContactForm(request.POST or None, instance=held)
    if request.method == "POST" and form.is_valid():
        actions.save_contact(request.organisation, form.save(commit=False), by=request.user, at=now)
        return redirect("contacts", request.organisation.slug)
    return render(request, "vigie/contact.html", {"form": form, "held": held})


@require_POST
@member("plan.change")
def contacts_import(request: MemberRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST:
        messages.error(request, _("Choose a CSV or vCard file of 2 MB at most."))
        return redirect("contacts", request.organisation.slug)
    text = clean(file.read().decode("utf-8-sig", "replace"))
    read = contacts.from_vcards if "BEGIN:VCARD" in text[:500].upper() else contacts.from_csv
    try:
        found, wrong = read(text)
    except contacts.BadFile as error:
        messages.error(request, _("Nothing was taken: %(why)s.") % {"why": error})
        return redirect("contacts", request.organisation.slug)
    now = request.organisation.clock.now()
    new, changed = actions.take_contacts(request.organisation, found, by=request.user, at=now)
    messages.success(request, _("New contacts: %(new)s; changed: %(changed)s.") % {"new": new, "changed": changed})
    for say in wrong[:5]:
        messages.warning(request, say)
    return redirect("contacts", request.organisation.slug)


@require_POST
@member("plan.change")
def contacts_export(request: MemberRequest) -> HttpResponse:
    """CSV or vCard; with a password, both in a locked ZIP."""
    found = list(Contact.objects.of(request.organisation))
    rows, cards = contacts.to_csv(found, language()).encode("utf-8-sig"), contacts.to_vcards(found).encode()
    password, kind = request.POST.get("password", ""), request.POST.get("kind", "csv")
    if password:
        body, name, type_ = (
            contacts.locked({"contacts.csv": rows, "contacts.vcf": cards}, password),
            "zip",
            "application/zip",
        )
    elif kind == "vcf":
        body, name, type_ = cards, "vcf", "text/vcard; charset=utf-8"
    else:
        body, name, type_ = rows, "csv", "text/csv; charset=utf-8"
    return file_of(body, type_, f"contacts-{request.organisation.slug}.{name}")


def file_of(body: bytes | str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
