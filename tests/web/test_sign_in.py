"""Signing in with a password and, where one has it, with the code of a phone."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from vigie.lib.times import LIVE
from vigie.people import actions
from vigie.people.models import Organisation, User
from vigie.watches.models import Watch

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Attempts are counted in the cache: each test begins with none."""
    cache.clear()


@pytest.fixture
def alice_with_password(alice: User) -> User:
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def signing_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def with_phone(client: Client, user: User) -> str:
    """Turn the second step on, as a person does; the secret of the phone."""
    assert signing_in(client, user).status_code == 302
    again = client.get("/accounts/2fa/totp/activate/")
    assert again.headers["Location"].startswith("/accounts/reauthenticate/"), "the password is asked for again"
    assert client.post(again.headers["Location"], {"password": PASSWORD}).status_code == 302
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = str(page.context["form"].secret)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    cache.clear()
    return secret


def test_alice_signs_in_with_her_password_and_nobody_with_another(alice_with_password: User, watch: Watch) -> None:
    client = Client()
    assert signing_in(client, alice_with_password, "wrong").status_code == 200
    assert client.get("/o/acme/").status_code == 302
    assert signing_in(client, alice_with_password).status_code == 302
    assert client.get("/o/acme/").status_code == 200


def test_the_second_step_is_asked_for_and_a_wrong_code_opens_nothing(alice_with_password: User, watch: Watch) -> None:
    secret = with_phone(Client(), alice_with_password)
    client = Client()
    answer = signing_in(client, alice_with_password)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/o/acme/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/o/acme/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert client.get("/o/acme/").status_code == 200


def test_a_one_time_link_does_not_walk_round_the_second_step(alice_with_password: User, acme: Organisation) -> None:
    with_phone(Client(), alice_with_password)
    client = Client()
    answer = client.post(f"/start/{actions.sign_in_link(alice_with_password, at=LIVE.now())}")
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/o/acme/").status_code == 302


@pytest.mark.django_db
def test_nobody_opens_an_account_without_an_invitation() -> None:
    assert (
        Client()
        .post("/accounts/signup/", {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD})
        .status_code
        == 200
    )
    assert not User.objects.filter(email="x@example.org").exists()


def test_codes_are_counted_by_account_wherever_they_come_from(alice_with_password: User, watch: Watch) -> None:
    secret = with_phone(Client(), alice_with_password)
    thief = Client()
    signing_in(thief, alice_with_password)
    for n in range(20):
        thief.post("/accounts/2fa/authenticate/", {"code": "000000"}, REMOTE_ADDR=f"198.51.100.{n}")
    thief.post("/accounts/2fa/authenticate/", {"code": code(secret)}, REMOTE_ADDR="198.51.100.99")
    assert thief.get("/o/acme/").status_code == 302, "even the right code waits now"
    cache.clear()
    thief.post("/accounts/2fa/authenticate/", {"code": code(secret)}, REMOTE_ADDR="198.51.100.99")
    assert thief.get("/o/acme/").status_code == 200
