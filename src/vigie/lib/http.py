"""Reading addresses of strangers: bounded in time and size, under the rule of `egress`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

import httpx
import msgspec
from django.utils.translation import gettext_noop
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

LIMIT = 10 * 1024 * 1024
"""Bytes, after decompression: a feed that never ends and a gzip bomb both stop here."""

DEADLINE = 120
"""Seconds for one whole answer: a server that drips a byte a second does not hold a reader for ever."""

AGENT = "Vigie/0.1 (self-hosted listening; contact: the operator of this server)"


class TooLong(httpx.HTTPError):
    """The answer is longer than we accept."""

    def __init__(self, url: str, limit: int) -> None:
        super().__init__(f"{url} sent more than {limit // 1024 // 1024} MB and was cut off")


@contextmanager
def client(headers: dict[str, str] | None = None) -> Iterator[httpx.Client]:
    with httpx.Client(
        timeout=httpx.Timeout(20, read=30),
        follow_redirects=True,
        max_redirects=5,
        trust_env=False,
        headers={"User-Agent": AGENT, **(headers or {})},
    ) as made:
        yield made


def fetch(http: httpx.Client, url: str, *, limit: int = LIMIT, **options: object) -> httpx.Response:
    """GET an address; the body is complete and at most `limit` bytes, or TooLong is raised."""
    with http.stream("GET", url, **options) as answer:  # type: ignore[arg-type]
        answer.raise_for_status()
        body, until = bytearray(), monotonic() + DEADLINE
        for piece in answer.iter_bytes(64 * 1024):
            body += piece
            if len(body) > limit:
                raise TooLong(url, limit)
            if monotonic() > until:
                raise httpx.ReadTimeout(f"{url} took more than {DEADLINE} s", request=answer.request)
    headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in ("content-encoding", "content-length")]
    return httpx.Response(answer.status_code, headers=headers, content=bytes(body), request=answer.request)


def wait_asked(error: Exception, now: datetime) -> timedelta:
    """How long a server asks to be left alone, by Retry-After or by the reset of its limit; zero when it does not."""
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None)
    if headers is None or getattr(response, "status_code", 0) not in (429, 503):
        return timedelta()
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset"):
        if (wait := _wait(str(headers.get(name, "")), now)) is not None:
            return min(max(wait, timedelta()), LONGEST_ASKED)
    return timedelta()


LONGEST_ASKED = timedelta(hours=6)


def _wait(text: str, now: datetime) -> timedelta | None:
    """Seconds, a moment since 1970, an HTTP date or an ISO one."""
    text = text.strip()
    if text.isdigit() and len(text) < 12:
        number = int(text)
        return timedelta(seconds=number) if number < 10_000_000 else datetime.fromtimestamp(number, UTC) - now
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text.replace("Z", "+00:00") if read is datetime.fromisoformat else text)
        except (ValueError, TypeError, IndexError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return None


def in_plain_words(error: Exception) -> str:
    """What went wrong with a source, for a person, and what to do; a detail may follow in parentheses.

    In English, as it is kept; pages translate the sentence for each reader.
    """
    match error:
        case httpx.HTTPStatusError(response=answer):
            return _status(answer.status_code)
        case InvalidStatus(response=answer):
            return _status(answer.status_code)
        case TooLong():
            return str(error)
        case httpx.TimeoutException() | TimeoutError():
            return gettext_noop("The server did not answer in time. We keep trying, less and less often.")
        case httpx.TooManyRedirects():
            return gettext_noop("The address redirects in a circle. Check it in a browser.")
        case httpx.ConnectError() | OSError():
            return _connection(error)
        case httpx.RemoteProtocolError() | httpx.ReadError() | WebSocketException():
            return gettext_noop("The server broke the connection off. We connect again.")
        case httpx.InvalidURL() | InvalidURI():
            return gettext_noop("This is not the address of a server. Correct it.")
        case msgspec.MsgspecError() | json.JSONDecodeError() | KeyError():
            return gettext_noop("The server does not answer as it should: it may be another kind of server.")
        case ValueError():
            # A sentence of ours, written for people.
            return str(error) or gettext_noop("Something unexpected happened. We keep trying, less and less often.")
        case _:
            said = gettext_noop("Something unexpected happened. We keep trying, less and less often.")
            return f"{said} ({type(error).__name__})"


def _status(code: int) -> str:
    if code in (401, 403):
        said = gettext_noop("The server refuses us: the access is missing, wrong or expired. Check the token.")
    elif code in (404, 410):
        said = gettext_noop("Nothing at this address any more. Check it in a browser.")
    elif code == 429:
        said = gettext_noop("The server asks us to slow down. We wait longer between readings.")
    else:
        said = gettext_noop("The server has a problem of its own. We keep trying, less and less often.")
    return f"{said} ({code})"


def _connection(error: Exception) -> str:
    reason = str(error)
    if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError | ConnectionResetError):
        # A sentence of ours: the server ended a stream.
        return reason
    if "refused: it is not a public address" in reason:
        return reason
    if "CERTIFICATE" in reason.upper():
        return gettext_noop("The certificate of this server is not valid. Check the address.")
    return gettext_noop("No connection to this server. Check the address; we keep trying.")
