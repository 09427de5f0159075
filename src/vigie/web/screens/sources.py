"""Sources: adding them, how they are, what had to be set aside, files."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vigie.intake import sources as actions
from vigie.intake.models import Job
from vigie.intake.replay import zone_of
from vigie.lib import ids
from vigie.lib.refusals import Refused
from vigie.lib.text import whole
from vigie.lib.times import LIVE
from vigie.networks import plain, webhook
from vigie.networks.files.export import BadFile, Unrecognised, open_export
from vigie.networks.registry import NETWORKS
from vigie.people.access import MemberRequest, member
from vigie.posts.models import Gap, SetAside, Source


def access_source(request: MemberRequest, pk: int) -> Source:
    found = Source.objects.of(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@member()
def sources(request: MemberRequest) -> HttpResponse:
    organisation = request.organisation
    return render(
        request,
        "vigie/sources.html",
        {
            "sources": Source.objects.of(organisation),
            "abouts": [m.about for m in NETWORKS.values() if m.about.addable],
            "gaps": Gap.objects.of(organisation).select_related("source").order_by("-began_at")[:10],
            "aside": SetAside.objects.of(organisation).count(),
            "jobs": Job.objects.of(organisation).filter(kind="import")[:5],
        },
    )


class SourceForm(forms.Form):
    """A form drawn from what a connector says of itself."""

    def __init__(self, about: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Name"),
            max_length=120,
            required=False,
            help_text=_("How it is called on screen; made from the rest if empty."),
        )
        for field in about.fields:
            common = {
                "label": field.label,
                "help_text": field.help,
                "required": field.required,
                "initial": field.default,
            }
            if field.choices:
                self.fields[field.name] = forms.ChoiceField(choices=field.choices, **common)
            elif field.secret:
                self.fields[field.name] = forms.CharField(
                    max_length=500,
                    widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
                    **common,
                )
            else:
                self.fields[field.name] = forms.CharField(max_length=500, **common)


@member("source.change")
def new(request: MemberRequest, network: str) -> HttpResponse:
    module = NETWORKS.get(network)
    if module is None or not module.about.addable:
        raise Http404
    form = SourceForm(module.about, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        name = values.pop("name") or _default_name(module.about, values)
        if network == "webhook":
            values["secret"] = ids.token()
        made = actions.add_source(request.organisation, network, name, values, by=request.user, at=LIVE.now())
        messages.success(request, _("“%(name)s” is being read.") % {"name": made.name})
        return redirect("source", request.organisation.slug, made.pk)
    return render(request, "vigie/source_form.html", {"form": form, "about": module.about})


def _default_name(about: Any, values: dict[str, Any]) -> str:
    told = [str(values[k]) for k in ("value", "url", "server") if values.get(k)]
    return " · ".join([str(about.label), *told[:2]])


@member()
def source(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_source(request, pk)
    secret = ""
    if found.network == "webhook" and request.membership.role in ("administrator", "lead"):
        secret = str(actions.full_settings(found).get("secret", ""))
    return render(
        request,
        "vigie/source.html",
        {
            "source": found,
            "about": NETWORKS[found.network].about,
            "secret": secret,
            "hook": request.build_absolute_uri(f"/hooks/{found.pk}") if found.network == "webhook" else "",
            "gaps": Gap.objects.of(request.organisation).filter(source=found).order_by("-began_at")[:20],
            "aside": SetAside.objects.of(request.organisation).filter(source=found).order_by("-pk")[:20],
        },
    )


@require_POST
@member("source.change")
def set_state(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_source(request, pk)
    state = Source.State.PAUSED if request.POST.get("paused") == "1" else Source.State.NEW
    actions.set_state(found, state, by=request.user, at=LIVE.now())
    return redirect("source", request.organisation.slug, pk)


@require_POST
@member("source.change")
def keep_for(request: MemberRequest, pk: int) -> HttpResponse:
    """How many days its posts are kept; empty for as long as the organisation says."""
    given = request.POST.get("days", "").strip()
    try:
        days = None if not given else whole(given) or 0
        actions.keep_for(access_source(request, pk), days, by=request.user, at=LIVE.now())
        messages.success(request, _("Saved."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("source", request.organisation.slug, pk)


@require_POST
@member("source.change")
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    actions.remove(access_source(request, pk), by=request.user, at=LIVE.now())
    messages.success(request, _("Removed. The posts that it brought stay."))
    return redirect("sources", request.organisation.slug)


@member()
def aside(request: MemberRequest) -> HttpResponse:
    found = SetAside.objects.of(request.organisation).select_related("source").order_by("-pk")
    return render(request, "vigie/aside.html", {"rows": found[:200], "total": found.count()})


@require_POST
@member("source.change")
def retry(request: MemberRequest) -> HttpResponse:
    rows = list(SetAside.objects.of(request.organisation).order_by("-pk").values_list("pk", flat=True)[:2_000])
    Job.objects.create(
        organisation=request.organisation, kind="retry", what={"ids": rows}, user=request.user, asked_at=LIVE.now()
    )
    messages.success(request, _("%(n)s records are being tried again.") % {"n": len(rows)})
    return redirect("aside", request.organisation.slug)


@csrf_exempt
@require_POST
def hook(request: HttpRequest, pk: int) -> HttpResponse:
    """What another tool brings. Kept as a job before it is answered: what was answered is not lost."""
    found = Source.objects.across().filter(pk=pk, network="webhook").exclude(state=Source.State.PAUSED).first()
    if int(request.headers.get("Content-Length") or 0) > webhook.LIMIT:
        return HttpResponse("at most 5 MB in one message", status=413, content_type="text/plain")
    body = request.body
    secret = str(actions.full_settings(found).get("secret", "")) if found else ""
    given, timestamp = request.headers.get("X-Vigie-Signature", ""), request.headers.get("X-Vigie-Timestamp", "")
    if found is None or not webhook.genuine(secret, timestamp, given, body, LIVE.now().timestamp()):
        return HttpResponse(
            "signature refused: send X-Vigie-Timestamp (Unix seconds) and X-Vigie-Signature, "
            "the HMAC-SHA256 of timestamp + '.' + body",
            status=403,
            content_type="text/plain",
        )
    Job.objects.create(
        organisation_id=found.organisation_id,
        kind="hook",
        asked_at=LIVE.now(),
        what={"source": found.pk, "body": body.decode("utf-8", "replace").replace("\0", "")},
    )
    return HttpResponse("accepted", status=202, content_type="text/plain")


@member("source.change")
def upload(request: MemberRequest) -> HttpResponse:
    """A file of another tool. Recognised before it is accepted; when it is not, its columns are shown to be named."""
    context: dict[str, Any] = {"limit": settings.UPLOAD_LIMIT // 1024 // 1024, "fields": plain.FIELDS}
    given = request.FILES.get("file")
    if request.method != "POST" or (given is None and not request.POST.get("kept")):
        return render(request, "vigie/upload.html", context)
    folder = settings.DATA_DIR / "uploads"
    folder.mkdir(exist_ok=True, mode=0o700)
    if given is not None:
        if (given.size or 0) > settings.UPLOAD_LIMIT:
            return render(
                request,
                "vigie/upload.html",
                {**context, "error": _("This file is too large: at most %s MB.") % context["limit"]},
                status=413,
            )
        kept, name = uuid.uuid4().hex, given.name or "file"
        with (folder / kept).open("wb") as out:
            for piece in given.chunks():
                out.write(piece)
    else:
        kept, name = request.POST["kept"], request.POST.get("name", "file")
    if not re.fullmatch("[0-9a-f]{32}", kept) or not (folder / kept).exists():
        raise Http404
    mapping = {
        request.POST[f"column-{i}"]: request.POST[f"field-{i}"]
        for i in range(200)
        if request.POST.get(f"field-{i}") and request.POST.get(f"column-{i}") is not None
    }
    zone = request.POST.get("zone") or request.organisation.zone
    try:
        export = open_export(folder / kept, mapping=mapping, zone=zone_of(zone))
    except Unrecognised as error:
        return render(
            request,
            "vigie/upload.html",
            {**context, "columns": error.columns[:200], "kept": kept, "name": name, "zone": zone},
        )
    except (BadFile, ValueError) as error:
        (folder / kept).unlink(missing_ok=True)
        return render(request, "vigie/upload.html", {**context, "error": str(error)})
    Job.objects.create(
        organisation=request.organisation,
        kind="import",
        user=request.user,
        asked_at=LIVE.now(),
        what={
            "path": str(folder / kept),
            "name": name[:200],
            "mapping": mapping,
            "zone": zone,
            "format": export.format,
        },
    )
    messages.success(request, _("%(name)s (%(format)s) is being taken in.") % {"name": name, "format": export.format})
    return redirect("sources", request.organisation.slug)
