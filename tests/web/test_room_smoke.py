from tests.conftest import *
from vigie.tasks.opening import open_room
from vigie.plans import library
from vigie.alerts.models import Duty
from vigie.people.models import Role

def test_smoke(acme, watch, alice, bob, signed_in):
    Duty.objects.create(organisation=acme, position=0, role="director", user=alice, deputy_user=bob, wait_minutes=5)
    Duty.objects.create(organisation=acme, position=1, role="community", user=bob)
    c = signed_in(alice)
    assert c.get("/o/acme/crises/").status_code == 200
    assert c.get("/o/acme/crises/new").status_code == 200
    r = c.post("/o/acme/crises/new", {"name": "Plastique", "level": "orange", "reason": "essai", "scenario": "contamination", "watch": watch.pk})
    assert r.status_code == 302, r.content
    assert c.get("/o/acme/crises/1/").status_code == 200
    for b in ("header","situation","tasks","decisions","facts","team"):
        assert c.get(f"/o/acme/crises/1/boards/{b}/").status_code == 200
    for line in ("bonjour", "/tâche @bob appeler 14:30", "/fait il pleut", "/inconnu pourquoi", "/promesse @bob rappeler", "/appel préfecture", "!legal chut"):
        r = c.post("/o/acme/crises/1/say", {"line": line}, headers={"hx-request":"true"})
        assert r.status_code == 204, (line, r.content)
    r = c.post("/o/acme/crises/1/say", {"line": "/zzz"}, headers={"hx-request":"true"})
    assert r.status_code == 409
    for p in ("report","handover","assess","close","critical/","lines/","lines.jsonl"):
        r = c.get(f"/o/acme/crises/1/{p}"); assert r.status_code == 200, p
        if p=="lines.jsonl": print(b"".join(r.streaming_content).decode())
    for p in ("plan/","plan/chain/","plan/rules/","plan/contacts/","plan/contacts/new","plan/scenarios/leak/","mode/"):
        assert c.get(f"/o/acme/{p}").status_code == 200, p
    assert c.post("/o/acme/plan/publish").status_code == 302
    assert c.get("/o/acme/plan/versions/1.pdf").content[:4] == b"%PDF"
    assert c.get("/o/acme/plan/versions/1.html").status_code == 200
