"""Alerts as Prometheus posts them, and amtool: the first argument is where amtool is."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from datetime import datetime, timedelta, UTC
from typing import Any

AMTOOL = sys.argv.pop(1)
from steps import Steps

steps = Steps()
line = http.client.HTTPConnection(steps.origin.removeprefix("http://"), timeout=30)
_SEVERITIES = ("critical", "warning", "info")


def amtool(*arguments: str) -> Any:
    """One command; its JSON where it prints some."""
    command = [AMTOOL, f"--alertmanager.url={steps.origin}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout.strip()


def call(method: str, target: str, body: Any = None) -> Any:
    """One call on the kept connection; what was answered."""
    headers = {"Content-Type": "application/json", "User-Agent": "Prometheus/3.5.0"}
    line.request(method, f"/api/v2{target}", None if body is None else json.dumps(body).encode(), headers)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {said!r}")
    return json.loads(said) if said else None


def post(alerts: list[dict[str, Any]]) -> None:
    """As Prometheus's notifier does."""
    call("POST", "/alerts", alerts)


def pages() -> None:
    """What the web interface asks for: receivers, groups and alerts by its filters, silences."""
    steps.do("receivers", call, "GET", "/receivers")
    steps.do("status", call, "GET", "/status")
    for receiver in ("nobody", "somebody"):
        shown = f"silenced=false&inhibited=false&muted=false&active=true&receiver={receiver}"
        steps.do("groups", call, "GET", f"/alerts/groups?{shown}")
    shown = "filter=job%3D%22node%22&filter=severity%3D~%22critical%7Cinfo%22"
    steps.do("groups by filter", call, "GET", f"/alerts/groups?{shown}&silenced=true&inhibited=true&active=true")
    steps.do("alerts by filter", call, "GET", f"/alerts?{shown}&unprocessed=false")
    steps.do("silences by filter", call, "GET", "/silences?filter=job%3D%22node%22")


def alert(number: int) -> dict[str, Any]:
    """One alert of a rule, with labels and annotations of the rule's author."""
    now = datetime.now(UTC)
    severity = steps.random.choice(_SEVERITIES)
    labels = {
        "alertname": steps.name("High", number % 20),
        "severity": severity,
        "instance": "10.0.0.7:9100",
        "job": "node",
    }
    annotations = {
        "summary": f"Load of {steps.random.randint(1, 90)} – más de lo debido",
        "runbook_url": "https://run.example/x",
    }
    return {
        "startsAt": now.isoformat().replace("+00:00", "Z"),
        "endsAt": (now + timedelta(minutes=4)).isoformat().replace("+00:00", "Z"),
        "generatorURL": "http://prometheus:9090/graph?g0.expr=node_load1+%3E+2&g0.tab=1",
        "labels": labels,
        "annotations": annotations,
    }


for round_number in range(steps.rounds):
    number = 1000 * round_number
    for batch in range(300):
        some = [alert(number + batch + each) for each in range(steps.random.randint(1, 9))]
        steps.do("post alerts", post, some)
        if batch % 10 == 0:
            pages()
    name = steps.name("Manual", number)
    steps.do("alert add", amtool, "alert", "add", name, "node=bar", "severity=critical", "--annotation=summary=by hand")
    steps.do("alert query", amtool, "alert", "query", "-o", "json")
    steps.do("alert query filter", amtool, "alert", "query", "-o", "json", 'severity=~"critical|warning"', "job=node")
    steps.do("alert query silenced", amtool, "alert", "query", "-o", "json", "--silenced", "--inhibited")
    silenced = ["alertname=" + name, "instance=~.+"]
    identity = steps.do("silence add", amtool, "silence", "add", *silenced, "--comment=quiet", "--author=me", "-d1h")
    steps.do("silence query", amtool, "silence", "query", "-o", "json")
    steps.do("silence query filter", amtool, "silence", "query", "-o", "json", "alertname=" + name)
    if identity:
        steps.do("silence update", amtool, "silence", "update", "-d2h", str(identity))
        steps.do("silence query id", amtool, "silence", "query", "-o", "json", "--id", str(identity))
        steps.do("silence expire", amtool, "silence", "expire", str(identity))
    steps.do("silence query expired", amtool, "silence", "query", "-o", "json", "--expired")
    steps.do("config show", amtool, "config", "show", "-o", "json")
    steps.do("cluster show", amtool, "cluster", "show", "-o", "json")
steps.close()
