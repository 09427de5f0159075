"""Text of strangers is made safe without losing what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.lib.text import clean, clip, fold, plain
from vigie.lib.times import BadMoment, checked, from_millis, iso, millis


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & {"\0", "\u202e", "\u2066", "\x1b"}
    once.encode("utf-8")


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_accents_and_capitals_do_not_matter() -> None:
    assert fold("Œuvre ÉTÉ Straße naïve") == "oeuvre ete strasse naive"


def test_arabic_and_emoji_stay_as_they_are() -> None:
    assert clean("مرحبا 👩‍👩‍👧 ok") == "مرحبا 👩‍👩‍👧 ok"


def test_html_becomes_words() -> None:
    assert plain("<p>Bonjour &amp; <b>merci</b></p><script>alert(1)</script><p>à vous</p>") == "Bonjour & merci\nà vous"


def test_a_clip_ends_at_a_word() -> None:
    assert clip("un deux trois quatre", 10) == "un deux…"


def test_absurd_dates_are_refused_with_a_reason() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for year, word in ((1, "before public networks"), (1980, "before public networks"), (2999, "in the future")):
        with pytest.raises(BadMoment, match=word):
            checked(datetime(year, 1, 1, tzinfo=UTC), now)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_survives_being_stored_to_the_millisecond(moment: datetime) -> None:
    assert abs((from_millis(millis(moment)) - moment).total_seconds()) <= 0.001
    assert iso(moment).endswith("Z")
