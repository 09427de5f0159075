"""What every answer carries: the security policy, the reader's language, a number when it is a mistake of ours."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from . import errors

log = logging.getLogger(__name__)
ROOM = re.compile(r"^/o/[\w-]+/crises/")
Handler = Callable[[HttpRequest], HttpResponse]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


def numbered(get_response: Handler) -> Handler:
    """A mistake of ours has a number, which the page shows and the log tells."""

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Http404 | PermissionDenied | SuspiciousOperation):
            return None
        number = secrets.token_hex(4)
        log.error("error %s at %s", number, request.path, exc_info=error)
        return errors.failed(request, number, error)

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle


def policy(get_response: Handler) -> Handler:
    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if ROOM.match(request.path) or response.headers.get("Content-Disposition", "").startswith("attachment"):
            # What was said in a room, or taken out, stays in no cache of a shared machine.
            response.headers["Cache-Control"] = "no-store"
        return response

    return handle


def locale(get_response: Handler) -> Handler:
    """The person's own language, else a cookie, else the browser's; times in the organisation's zone (see `door`)."""

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        wanted = getattr(user, "language", "") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if wanted not in dict(settings.LANGUAGES):
            wanted = translation.get_language_from_request(request)
        with translation.override(wanted), timezone.override(ZoneInfo("Europe/Paris")):
            request.LANGUAGE_CODE = wanted
            response = get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
            response.headers.setdefault("Content-Language", wanted)
            return response

    return handle
