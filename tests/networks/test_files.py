"""Exports of other tools are recognised by themselves, and the damage done to them is mended or told."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from vigie.networks import values
from vigie.networks.files import opening
from vigie.networks.files.export import BadFile, Unrecognised, open_export
from vigie.networks.record import Record, Rejected

UTC_ZONE = ZoneInfo("UTC")


def read(path: Path, **options: object) -> tuple[str, list[Record], list[Rejected]]:
    opened = open_export(path, **options)  # type: ignore[arg-type]
    rows = list(opened.rows)
    return opened.format, [r for r in rows if isinstance(r, Record)], [r for r in rows if isinstance(r, Rejected)]


def saved(tmp_path: Path, text: str, *, encoding: str = "utf-8", name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_meltwater_in_utf16_with_tabs(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        (
            "Date\tHeadline\tURL\tOpening Text\tHit Sentence\tSource\tInfluencer\tCountry\tLanguage\tReach\tTweet Id\tTwitter Followers\n"
            '12-Mar-2026 10:30\t\thttps://twitter.com/lea/1\t\tAcme est en panne\tTwitter\t@lea\tFrance\tFrench\t1200\t"""123"""\t900\n'
        ),
        encoding="utf-16",
    )
    name, [post], _ = read(path)
    assert (name, post.external_id, post.author_handle, post.network, post.lang) == (
        "meltwater",
        "123",
        "lea",
        "x",
        "fr",
    )
    assert post.published_at == datetime(2026, 3, 12, 10, 30, tzinfo=UTC)
    assert post.audience == 900


def test_brandwatch_below_its_label_lines(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        (
            '\ufeff"Report:","Weekly"\n"Brand:","Acme"\n"From:","2026-03-01"\n"To:","2026-03-08"\n"Label:",""\n\n'
            '"Query Id","Query Name","Date","Title","Snippet","Full Text","Url","Domain","Sentiment","Page Type","Language","Author","Resource Id","Thread Entry Type"\n'
            '"1","Acme","2026-03-02 08:00:00.0","","Acme…","Acme ne répond plus","https://bsky.app/a/1","bsky.app","negative","bluesky","fr","lea","r-1","reply"\n'
        ),
    )
    name, [post], _ = read(path)
    assert (name, post.external_id, post.text, post.network, post.kind) == (
        "brandwatch",
        "r-1",
        "Acme ne répond plus",
        "bluesky",
        "reply",
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_talkwalker_with_dots_and_the_day_first(tmp_path: Path, kind: str) -> None:
    header = [
        "url",
        "published",
        "title",
        "content",
        "root_url",
        "lang",
        "reach",
        "source_type",
        "extra_author_attributes.name",
    ]
    row = [
        "https://forum.example/1",
        "02/03/2026 14:05",
        "Acme",
        "Toujours en panne",
        "forum.example",
        "fr",
        "40",
        "MESSAGEBOARD",
        "Léa",
    ]
    path = tmp_path / f"tw.{kind}"
    if kind == "csv":
        path.write_text(";".join(header) + "\n" + ";".join(row) + "\n", encoding="utf-8")
    else:
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
        book.close()
    name, [post], _ = read(path)
    assert (name, post.network, post.author_name) == ("talkwalker", "forum", "Léa")
    assert post.published_at == datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


def test_minet_and_twarc_and_the_airline_file(tmp_path: Path) -> None:
    minet = saved(
        tmp_path,
        "id,timestamp_utc,local_time,user_screen_name,text,retweet_count,user_followers\n9,1772000000,x,lea,Acme,3,50\n",
        name="a.csv",
    )
    twarc = saved(
        tmp_path,
        "id,created_at,text,author.username,public_metrics.like_count,author.public_metrics.followers_count\n9,2026-03-01T10:00:00.000Z,Acme,lea,4,77\n",
        name="b.csv",
    )
    airline = saved(
        tmp_path,
        "tweet_id,airline_sentiment,airline,name,retweet_count,text,tweet_created\n9,negative,Delta,lea,0,late again,2015-02-24 11:35:52 -0800\n",
        name="c.csv",
    )
    assert [read(p)[0] for p in (minet, twarc, airline)] == ["minet", "twarc-csv", "kaggle-airline"]
    assert read(minet)[1][0].published_at == datetime.fromtimestamp(1772000000, UTC)
    assert read(twarc)[1][0].audience == 77
    assert read(airline)[1][0].published_at == datetime(2015, 2, 24, 19, 35, 52, tzinfo=UTC)


def test_pages_of_the_twitter_api_bring_authors_and_whole_retweets(tmp_path: Path) -> None:
    line = (
        '{"data":[{"id":"1","text":"RT @x: Acme est en…","created_at":"2026-03-01T10:00:00.000Z","author_id":"7","conversation_id":"1",'
        '"referenced_tweets":[{"type":"retweeted","id":"2"}],"public_metrics":{"retweet_count":5,"reply_count":0,"like_count":1,"quote_count":0}}],'
        '"includes":{"users":[{"id":"7","username":"lea","name":"Léa","public_metrics":{"followers_count":12}}],"tweets":[{"id":"2","text":"Acme est en panne totale"}]}}'
    )
    _, [post], _ = read(saved(tmp_path, line + "\n", name="p.jsonl"))
    assert (post.text, post.kind, post.parent_id, post.author_handle, post.audience) == (
        "Acme est en panne totale",
        "share",
        "2",
        "lea",
        12,
    )


def test_excel_damage_is_mended(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        (
            "tweet_id;text;name;tweet_created\n"
            "5.70306E+17;=@acme en panne;lea;24-02-2015 11.35\n"
            "5.70306E+17;autre;bob;25/02/2015 11:35\n"
            "3;encore;zoe;42059.4832407407\n"
        ),
    )
    _, posts, rejected = read(path)
    assert rejected == []
    assert [p.published_at for p in posts] == [
        datetime(2015, 2, 24, 11, 35, tzinfo=UTC),
        datetime(2015, 2, 25, 11, 35, tzinfo=UTC),
        datetime(2015, 2, 24, 11, 35, 52, tzinfo=UTC),
    ]
    assert [p.external_id for p in posts] == ["", "", "3"]
    assert posts[0].text == "@acme en panne"


def test_american_dates_are_seen_by_a_day_above_twelve(tmp_path: Path) -> None:
    _, posts, _ = read(saved(tmp_path, "date,text\n2/3/2015 11:35,a\n2/24/2015 11:35,b\n"))
    assert posts[0].published_at == datetime(2015, 2, 3, 11, 35, tzinfo=UTC)


def test_rows_that_cannot_be_read_are_told_by_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "date,text\n2026-03-01 10:00,un\npas une date,deux\n2026-03-01 11:00\n2026-03-01 12:00,#NOM?\n2026-03-01 13:00,cinq\n",
    )
    _, posts, rejected = read(path)
    assert [p.text for p in posts] == ["un", "", "cinq"]
    assert [(r.position, r.reason.split(":")[0][:24]) for r in rejected] == [
        ("line 3", "the date 'pas une date' "),
        ("line 5", "a spreadsheet replaced t"),
    ]


def test_naive_times_are_read_in_the_zone_that_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path, "date,text\n2026-07-01 10:00,a\n")
    assert read(path, zone=ZoneInfo("Europe/Paris"))[1][0].published_at == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_latin_1_and_gzip_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress("date;texte\n2026-03-01;été à Besançon déçu\n".encode("cp1252")))
    assert read(path)[1][0].text == "été à Besançon déçu"


def test_unknown_columns_are_shown_and_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, "quand,quoi\n2026-03-01,bonjour\n")
    with pytest.raises(Unrecognised, match=r"quand, quoi.*--map"):
        open_export(path)
    _, [post], _ = read(path, mapping={"quand": "published_at", "quoi": "text"})
    assert post.text == "bonjour"


def test_a_compressed_bomb_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LONGEST", 1_000_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"date,text\n" + b"2026-03-01,aaaaaaaaaaaaaaaaaaaa\n" * 200_000))
    with pytest.raises(BadFile, match="larger than"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"\0\0\0\0", b"\xff\xfe\0"])
def test_a_file_that_is_none_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises((BadFile, Unrecognised)):
        read(path)


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.none()))
def test_a_cell_is_a_date_or_is_said_not_to_be_one(cell: object) -> None:
    try:
        assert values.moment(cell, UTC_ZONE).tzinfo is not None
    except values.Unreadable as error:
        assert str(error)


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.none()))
def test_a_cell_is_a_count_or_nothing(cell: object) -> None:
    assert isinstance(values.whole(cell), int)
    assert isinstance(values.identity(cell), str)


def test_rows_swallowed_by_a_quote_that_nobody_closed_are_read_all_the_same(tmp_path: Path) -> None:
    body = "".join(f"2026-03-10 12:{n:02d},lea{n},message number {n}\n" for n in range(10, 30))
    path = saved(
        tmp_path,
        'date,author,text\n2026-03-10 12:00,ana,"never closed\n' + body + '2026-03-10 13:00,zoe,"a quoted one"\n'
        "2026-03-10 13:05,max,all is well again\n",
    )
    _, found, set_aside = read(path)
    assert [r.author_handle for r in found] == [*(f"lea{n}" for n in range(10, 30)), "max"]
    assert [r.position for r in set_aside] == ["line 2", "line 23"]
    assert "not closed" in set_aside[0].reason


def test_a_text_of_many_lines_is_one_text(tmp_path: Path) -> None:
    poem = "one, two\nthree, four, five\nsix\n" * 20
    path = saved(tmp_path, f'date,author,text\n2026-03-10 12:00,ana,"{poem}"\n')
    _, [post], set_aside = read(path)
    assert (post.text, set_aside) == (poem, [])


def test_posts_dated_by_the_day_alone_are_spread_over_it_and_that_is_said(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-{10 + n % 3},lea{n},message {n}\n" for n in range(300))
    opened = open_export(saved(tmp_path, "date,author,text\n" + rows))
    found = [r for r in opened.rows if isinstance(r, Record)]
    assert {r.published_at.day for r in found} == {10, 11, 12}
    assert len({r.published_at for r in found}) > 290
    assert any("no time of day" in note for note in opened.notes)
    again = [r for r in open_export(saved(tmp_path, "date,author,text\n" + rows)).rows if isinstance(r, Record)]
    assert [(r.external_id, r.published_at) for r in again] == [(r.external_id, r.published_at) for r in found]


def test_sheets_beyond_the_first_are_named(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name in ("March", "April"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["date", "author", "text"])
        sheet.write_row(1, 0, ["2026-03-10 12:00", "lea", name])
    book.close()
    opened = open_export(path)
    assert [r.text for r in opened.rows if isinstance(r, Record)] == ["March"]
    assert any("April" in note for note in opened.notes)


DAYS = [
    "2026-03-{:02d}T00:00:00Z",
    "2026-03-{:02d} 00:00",
    "2026-03-{:02d}T00:00:00+01:00",
    "2026-03-{:02d}",
    "2026-03-{:02d}T00:00:00.000+00:00",
]


@pytest.mark.parametrize("shape", ["csv", "json lines"])
@pytest.mark.parametrize("form", DAYS)
def test_days_written_as_midnights_make_no_midnight_burst(tmp_path: Path, form: str, shape: str) -> None:
    told = [(form.format(1 + n % 5), f"person{n}", f"acme numero {n}") for n in range(60)]
    text = "\n".join(["date,author,text", *(",".join(row) for row in told)])
    if shape == "json lines":
        text = "\n".join(json.dumps(dict(zip(("date", "author", "text"), row, strict=True))) for row in told)
    export = open_export(saved(tmp_path, text), zone=ZoneInfo("Europe/Paris"))
    found = [row for row in export.rows if isinstance(row, Record)]
    assert len({row.published_at.hour for row in found}) > 8
    assert any("no time of day" in note for note in export.notes)


def test_a_status_of_midnight_sharp_in_a_small_file_stays_where_it_is(tmp_path: Path) -> None:
    text = json.dumps({"date": "2026-03-01T00:00:00Z", "author": "a", "text": "acme minuit"})
    [record] = [row for row in open_export(saved(tmp_path, text)).rows if isinstance(row, Record)]
    assert (record.published_at.hour, record.published_at.minute) == (0, 0)


def test_one_real_midnight_among_other_hours_stays_where_it_is(tmp_path: Path) -> None:
    rows = ["2026-03-01T00:00:00Z,a,acme minuit", "2026-03-01T09:30:00Z,b,acme matin"]
    export = open_export(saved(tmp_path, "\n".join(["date,author,text", *rows])))
    assert [row.published_at.hour for row in export.rows if isinstance(row, Record)] == [0, 9]


@pytest.mark.parametrize(
    ("cells", "ratings"),
    [
        (["1", "5", "3", ""], [0.0, 1.0, 0.5, None]),
        (["2/10", "10/10", "7/10", "9"], [0.2, 1.0, 0.7, 0.9]),
        (["4,5", "1 étoile", "5 stars", "2"], [0.875, 0.0, 1.0, 0.25]),
        (["voir plus bas", "rien", "à suivre", "3"], [None, None, None, None]),
    ],
)
def test_ratings_are_read_out_of_what_their_column_is_out_of(
    tmp_path: Path, cells: list[str], ratings: list[float | None]
) -> None:
    rows = [f'2026-03-01T09:{n:02d}:00Z,p{n},acme {n},"{cell}"' for n, cell in enumerate(cells)]
    export = open_export(saved(tmp_path, "\n".join(["date,author,text,rating", *rows])))
    assert [row.rating for row in export.rows if isinstance(row, Record)] == ratings
