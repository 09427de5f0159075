"""Other tools call the command line: its output is the result, whatever is said goes elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest


def vigie(*words: str, data: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "VIGIE_DATA_DIR": str(data), "VIGIE_LANG": "en"}
    env.pop("VIGIE_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "vigie.main.cli", *words], input=given, capture_output=True, text=True, env=env
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    rows = ["1960-01-01 10:05,1960,old,acme,0"] + [
        f"2026-03-{1 + n // 24:02d} {n % 24:02d}:05,{n},p{n % 9},acme bonjour,0" for n in range(24 * 5)
    ]
    rows += [f"2026-03-06 10:{n:02d},{1000 + n},q{n},incendie chez acme c'est grave,0" for n in range(40)]
    path.write_text("created,tweet_id,author,text,is_brand_account\n" + "\n".join([*rows, "never,1,x,acme,0"]) + "\n")
    return path


def test_a_replay_prints_alerts_and_nothing_else_and_keeps_nothing(data: Path, tmp_path: Path) -> None:
    done = vigie("replay", str(export(tmp_path)), "--query", "acme", "--json", data=data)
    assert done.returncode == 0, done.stderr
    alerts = [json.loads(line) for line in done.stdout.splitlines()]
    assert alerts
    assert {
        "raised_at",
        "level",
        "score",
        "kinds",
        "reasons",
        "themes",
        "first_post",
        "mentions",
        "expected",
    } <= alerts[0].keys()
    assert "2 set aside" in done.stderr
    assert "set aside, line 2: the date 1960-01-01 is before public networks existed" in done.stderr
    assert not (data / "vigie.sqlite3").exists()


def test_a_mistake_in_the_query_is_pointed_at(data: Path, tmp_path: Path) -> None:
    done = vigie("replay", str(export(tmp_path)), "--query", "acme AND (x", data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert "never closed" in done.stderr


def test_texts_go_in_and_come_out_in_the_same_order_with_all_they_had(data: Path) -> None:
    lines = ['{"text": "quelle honte", "id": 1}', "rubbish", '{"text": "thank you so much", "lang": "en", "x": [2]}']
    done = vigie("analyse", data=data, given="\n".join(lines))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f.get("id") for f in found] == [1, None]
    assert [f["sentiment"] for f in found] == ["negative", "positive"]
    assert found[1]["x"] == [2]
    assert set(found[0]["emotions"]) == {"anger", "fear", "disgust", "sadness", "surprise", "joy", "optimism"}
    assert isinstance(found[0]["unsure"], bool)
    assert "line 2" in done.stderr


def test_a_series_is_scored_row_by_row(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "timestamp,value\n"
        + "\n".join(f"2026-01-0{1 + n // 288} {n // 12 % 24:02d}:{n % 12 * 5:02d}:00,{5 + n % 3}" for n in range(600))
        + "\n"
    )
    done = vigie("detect", str(path), data=data)
    lines = done.stdout.splitlines()
    assert (lines[0], len(lines)) == ("timestamp,value,anomaly_score", 601)
    path.write_text("timestamp,value\nyesterday,x\n")
    assert "line 2" in vigie("detect", str(path), data=data).stderr


def test_an_export_is_imported_twice_and_counted_once(data: Path, tmp_path: Path) -> None:
    path = export(tmp_path)
    first, second = (json.loads(vigie("import", str(path), "--json", data=data).stdout) for _ in range(2))
    assert (first["stored"], first["set_aside"], first["format"]) == (160, 2, "generic")
    assert (second["stored"], second["already_known"]) == (0, 160)


def test_the_doctor_says_when_others_on_the_machine_may_read_the_data(data: Path) -> None:
    data.chmod(0o755)
    doctor = vigie("doctor", data=data)
    data.chmod(0o700)
    assert (doctor.returncode, f"chmod 700 {data}" in doctor.stdout) == (1, True)


def test_the_doctor_and_the_journal_find_all_well(data: Path, tmp_path: Path) -> None:
    vigie("import", str(export(tmp_path)), data=data)
    doctor = vigie("doctor", "--recount", "--json", data=data)
    assert doctor.returncode == 0, doctor.stdout
    assert {"disk", "database", "clock", "mail"} <= {json.loads(line)["what"] for line in doctor.stdout.splitlines()}
    journal = vigie("journal", "verify", "--json", data=data)
    assert [json.loads(line)["ok"] for line in journal.stdout.splitlines()] == [True]
    assert vigie("alerts", "--json", data=data).returncode == vigie("sources", "--json", data=data).returncode == 0


def test_a_setting_that_cannot_be_stops_the_start_with_its_name(data: Path) -> None:
    env = {**os.environ, "VIGIE_DATA_DIR": str(data), "VIGIE_DATABASE_URL": "mysql://x"}
    done = subprocess.run([sys.executable, "-m", "vigie.main.cli", "sources"], capture_output=True, text=True, env=env)
    assert (done.returncode, "VIGIE_DATABASE_URL" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_unknown_words_are_refused_with_help(data: Path) -> None:
    assert vigie("fly", data=data).returncode == 2
    assert vigie("replay", data=data).returncode == 2


# -- accounts that act as one, themes, comparison, training ---------------------------------------------------


def busy_export(tmp_path: Path) -> Path:
    """Ten days of everyday posts, a burst, and three accounts that repeat each other."""
    rows = ["date,author,text"]
    start = datetime(2026, 3, 1, tzinfo=UTC)
    rows += [
        f"{start + timedelta(minutes=37 * n):%Y-%m-%d %H:%M},p{n % 40},acme mon avis à moi numéro {n}"
        for n in range(390)
    ]
    fire = start + timedelta(days=9, hours=12)
    rows += [
        f"{fire + timedelta(seconds=20 * n):%Y-%m-%d %H:%M},q{n},incendie à l'usine acme de Rennes {n}"
        for n in range(90)
    ]
    rows += [
        f"{start + timedelta(days=n, minutes=k):%Y-%m-%d %H:%M},@bot{k},boycottez acme pour le lot {n} http://a.example/{n}"
        for n in range(8)
        for k in range(3)
    ]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_coordination_names_accounts_as_the_file_writes_them(data: Path, tmp_path: Path) -> None:
    done = vigie("coordination", str(busy_export(tmp_path)), "--json", data=data)
    [group] = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(group["accounts"]) == ["@bot0", "@bot1", "@bot2"]
    assert group["posts"] == 24
    assert group["first_at"].endswith("Z")
    assert group["odds"] < 1e-6
    assert {"what", "kind", "accounts", "first_at", "within_seconds"} <= set(group["evidence"][0])


def test_themes_names_what_rises_by_its_own_words(data: Path, tmp_path: Path) -> None:
    done = vigie("themes", str(busy_export(tmp_path)), "--from", "2026-03-10T12:00", "--json", data=data)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert any("incendie" in f["phrase"] and f["strength"] == "strong" for f in found if f["kind"] == "theme")


def test_compare_sets_our_alerts_beside_seven_rules(data: Path, tmp_path: Path) -> None:
    done = vigie(
        "compare", str(busy_export(tmp_path)), "--query", "acme", "--event", "2026-03-10T12:00", "--json", data=data
    )
    rows = {r["rule"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert len(rows) == 9
    ours = rows["Vigie, all levels"]
    assert ours["delays_minutes"][0] is not None
    assert ours["delays_minutes"][0] <= 10


def test_compare_prints_the_curve_of_every_rule_and_sensitivity(data: Path, tmp_path: Path) -> None:
    asked = [
        "compare",
        str(busy_export(tmp_path)),
        "--query",
        "acme",
        "--event",
        "2026-03-10T12:00",
        "--curve",
        "--json",
    ]
    rows = [json.loads(line) for line in vigie(*asked, data=data).stdout.splitlines()]
    names = [row["rule"] for row in rows]
    assert {"Vigie, fewer", "Vigie, balanced", "Vigie, more"} <= set(names)
    by_factor = [row["alerts_a_week"] for row in rows if "Axur" in row["rule"]]
    assert len(by_factor) == 8
    assert by_factor == sorted(by_factor, reverse=True), "a higher factor never rings oftener"


def test_training_says_what_folder_it_needs(data: Path, tmp_path: Path) -> None:
    done = vigie("train", str(tmp_path / "nowhere"), data=data)
    assert done.returncode == 2
    assert "no such folder" in done.stderr


def test_analyse_says_stance_where_a_claim_is_given_and_why_where_that_is_asked(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "Is this true? source?", "claim": "The bank is closed"}\n{"text": "Quelle honte"}\n')
    first, second = map(json.loads, vigie("analyse", str(path), "--explain", data=data).stdout.splitlines())
    assert first["stance"] in ("support", "deny", "query", "comment")
    assert "stance" not in second
    assert second["explanation"]["sentiment"]
    for row in (first, second):
        assert 0 <= row["toxicity"] <= 1
        assert 0 <= row["irony"] <= 1
        assert row["kind"] in ("question", "complaint", "praise", "other")


def test_a_model_that_cannot_be_used_is_said_in_one_sentence(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_MODEL", str(tmp_path))
    done = vigie("analyse", data=data, given='{"text": "bonjour"}\n')
    assert done.returncode == 2
    assert "there is no model.onnx in it" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_setting_of_the_encoder_that_means_nothing_stops_the_start_and_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_ENCODER", "no")
    done = vigie("analyse", data=data, given='{"text": "bonjour"}\n')
    assert done.returncode == 2
    assert "VIGIE_ENCODER" in done.stderr
    assert "neither on nor off" in done.stderr


def test_somebody_on_call_opens_a_crisis_at_night_lists_it_and_reads_its_log(tmp_path: Path) -> None:
    assert vigie("crisis", "list", data=tmp_path).returncode == 2
    env = {**os.environ, "VIGIE_DATA_DIR": str(tmp_path)}
    env.pop("VIGIE_DATABASE_URL", None)
    made = subprocess.run([sys.executable, "-c", ORGANISATION], capture_output=True, text=True, env=env)
    assert made.returncode == 0, made.stderr
    words = ["crisis", "open", "Fire in Lyon", "--reason", "smoke on three photos", "--scenario", "accident", "--json"]
    done = vigie(*words, "--by", "alice@example.org", data=tmp_path)
    assert done.returncode == 0, done.stderr
    opened = json.loads(done.stdout)
    assert (opened["number"], opened["level"], opened["address"]) == (1, "orange", "/o/acme/crises/1/")
    assert opened["team"] == [{"name": "Alice", "role": "lead", "state": "in"}]
    listed = [json.loads(line) for line in vigie("crisis", "list", "--json", data=tmp_path).stdout.splitlines()]
    assert [row["name"] for row in listed] == ["Fire in Lyon"]
    log = [json.loads(line) for line in vigie("crisis", "log", "1", "--json", data=tmp_path).stdout.splitlines()]
    assert log[0]["text"] == "Crisis opened, level orange: smoke on three photos"
    assert vigie("journal", "verify", data=tmp_path).returncode == 0
    assert "were erased" in vigie("journal", "erase", "alice@example.org", data=tmp_path).stdout
    assert "smoke on three photos" not in vigie("crisis", "log", "1", data=tmp_path).stdout
    assert vigie("journal", "verify", data=tmp_path).returncode == 0
    assert vigie("journal", "erase", "nobody@example.org", data=tmp_path).returncode == 2
    wrong = vigie("crisis", "open", "x", "--reason", "y", "--scenario", "zombies", data=tmp_path)
    assert wrong.returncode == 2
    assert "there is no scenario zombies" in wrong.stderr


ORGANISATION = """
from vigie.main import start
start.django()
from vigie.lib.times import LIVE
from vigie.people.actions import create_organisation, join
from vigie.people.models import User
acme = create_organisation("Acme", at=LIVE.now())
join(acme, User.objects.create_user("alice@example.org", name="Alice", language="en"), "lead", at=LIVE.now())
"""
