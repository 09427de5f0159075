"""The front door: one-time links, invitations, language, one's own settings."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.crises import sharing
from vigie.lib.refusals import Refused
from vigie.lib.times import LIVE
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.people import actions
from vigie.people.models import Link, Membership, Organisation, Role, User

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_required
def root(request: HttpRequest) -> HttpResponse:
    """To the organisation that was asked for or last looked at."""
    held = (
        Membership.objects.across().filter(user_id=str(request.user.pk)).select_related("organisation").order_by("pk")
    )
    wanted = request.GET.get("o") or request.session.get("organisation", "")
    found = next((m for m in held if m.organisation.slug == wanted), None) or held.first()
    if found is None:
        return render(request, "vigie/nowhere.html", status=403)
    request.session["organisation"] = found.organisation.slug
    return _home(found.organisation.slug, found.role)


def _home(slug: str, role: str) -> HttpResponse:
    """Where somebody begins: a guest sees rooms and nothing else."""
    return redirect("crises" if role == Role.GUEST else "tower", slug)


def begin(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time sign-in link. Opening it only shows a button, so that a preview by a mail reader uses nothing up."""
    try:
        link = actions.find_link(Link.Kind.SIGN_IN, secret, at=LIVE.now())
        if request.method == "POST" and link.user:
            actions.enter(link, _organisation_of(link.user), link.user, at=LIVE.now())
            return _signed_in(request, link.user)
    except actions.LinkRefused:
        return render(request, "vigie/link_refused.html", status=410)
    return render(request, "vigie/begin.html", {"name": link.user, "link": link})


def _organisation_of(user: User) -> Organisation | None:
    """The one organisation of somebody who belongs to one only: its journal tells that the link was used."""
    held = list(Membership.objects.across().filter(user=user).select_related("organisation")[:2])
    return held[0].organisation if len(held) == 1 else None


def _signed_in(request: HttpRequest, user: User) -> HttpResponse:
    """Through allauth, so that who has a second step must take it."""
    Link.objects.filter(user=user, kind=Link.Kind.SIGN_IN, used_at=None).update(used_at=LIVE.now())
    answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url="/")
    return answer


class JoinForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120)
    password = forms.CharField(
        label=gettext_lazy("A password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least ten characters."),
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])


def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        link = actions.find_link(Link.Kind.INVITATION, secret, at=LIVE.now())
    except actions.LinkRefused:
        return render(request, "vigie/link_refused.html", status=410)
    if link.organisation is None:
        return render(request, "vigie/link_refused.html", status=410)
    known = User.objects.filter(email=link.email).first()
    if known is not None:
        return _join_known(request, link, known)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = User.objects.create_user(link.email, form.cleaned_data["password"], name=form.cleaned_data["name"])
            actions.enter(link, link.organisation, user, at=LIVE.now())
            actions.join(link.organisation, user, link.role, at=LIVE.now())
            sharing.arrived(link.organisation, user, at=link.organisation.clock.now())
        login(request, user, backend=BACKEND)
        return _home(link.organisation.slug, link.role)
    return render(request, "vigie/invitation.html", {"form": form, "link": link})


class ConfirmForm(forms.Form):
    """Who joins another organisation, say, gives the password once more: an open browser is not enough."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.user = user

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))
        return str(self.cleaned_data["password"])


def _join_known(request: HttpRequest, link: Link, known: User) -> HttpResponse:
    """Somebody who has an account signs in with it and says yes: a link alone opens and joins nothing."""
    if request.user != known:
        return redirect(f"/accounts/login/?next={request.path}")
    form = ConfirmForm(known, request.POST or None)
    if request.method != "POST" or link.organisation is None or not form.is_valid():
        return render(request, "vigie/invitation.html", {"link": link, "known": known, "form": form})
    with transaction.atomic():
        actions.use(link, at=LIVE.now())
        if not Membership.objects.of(link.organisation).filter(user=known).exists():
            actions.join(link.organisation, known, link.role, at=LIVE.now())
        sharing.arrived(link.organisation, known, at=link.organisation.clock.now())
    # A new session: whatever knew the old one does not come along.
    request.session.cycle_key()
    return _home(link.organisation.slug, link.role)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    answer: HttpResponse = HttpResponseRedirect(target)
    if wanted in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, samesite="Lax", max_age=365 * 86_400)
        if request.user.is_authenticated:
            User.objects.filter(pk=str(request.user.pk)).update(language=wanted)
    return answer


class MeForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[
            ("auto", gettext_lazy("As the system")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
    )

    class Meta:
        model = User
        fields = ["name", "language", "theme"]


class AddressForm(ConfirmForm):
    """Another address to sign in with: an open browser is not enough to change it either."""

    field_order = ("email", "password")
    email = forms.EmailField(label=gettext_lazy("New address"))


@login_required
def address(request: HttpRequest) -> HttpResponse:
    """Ask for another mail address. Where mail works it is that address that must say yes."""
    user = User.objects.get(pk=str(request.user.pk))
    form = AddressForm(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "vigie/address.html", {"form": form, "can_mail": services.can_mail()})
    email = form.cleaned_data["email"]
    try:
        messages.success(request, _change_or_ask(request, user, email))
    except actions.AddressTaken as error:
        messages.error(request, str(error))
    return redirect("me")


def _change_or_ask(request: HttpRequest, user: User, email: str) -> str:
    """Change an address, or mail a link to it; the sentence that says which."""
    member = Membership.objects.across().filter(user=user).select_related("organisation").first()
    if member is None or not services.can_mail():
        actions.change_address(user, email, at=LIVE.now(), verified=False)
        return _("You now sign in with %s.") % email
    with transaction.atomic():
        secret = actions.address_link(user, email, at=LIVE.now())
        link, now = request.build_absolute_uri(f"/address/{secret}"), member.organisation.clock.now()
        told = _("Somebody signed in as you asks to sign in with %s. If it was not you, change your password.") % email
        for where, title, body in (
            (email.lower(), _("Your new address on Vigie"), link),
            (user.email, _("Your address on Vigie is about to change"), told),
        ):
            outbox.mail(member.organisation, where, title, body, language=user.language, at=now)
    return _("Open the link that is on its way to %s; until then nothing changes.") % email


def address_confirmed(request: HttpRequest, secret: str) -> HttpResponse:
    """The link that reached a new address. Opening it only shows a button."""
    try:
        link = actions.find_link(Link.Kind.ADDRESS, secret, at=LIVE.now())
        if request.method == "POST" and link.user:
            with transaction.atomic():
                actions.use(link, at=LIVE.now())
                actions.change_address(link.user, link.email, at=LIVE.now(), verified=True)
            messages.success(request, _("You now sign in with %s.") % link.email)
            return redirect("me")
    except Refused:
        return render(request, "vigie/link_refused.html", status=410)
    return render(request, "vigie/address_confirm.html", {"link": link})


@login_required
def me(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=str(request.user.pk))
    before, form = str(user), MeForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        if str(user) != before:
            actions.renamed(user, before, at=LIVE.now())
        messages.success(request, _("Saved."))
        return redirect("me")
    return render(
        request,
        "vigie/me.html",
        {"form": form, "has_password": user.has_usable_password()},
    )
