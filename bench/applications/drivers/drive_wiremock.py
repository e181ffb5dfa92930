"""WireMock's Python client: stub mappings of many forms, the request journal, near misses, scenarios, settings."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from steps import Steps
from wiremock.client import (
    DelayDistribution,
    GlobalSetting,
    GlobalSettings,
    Mapping,
    MappingRequest,
    MappingResponse,
    Mappings,
    NearMisses,
    NearMissMatchPatternRequest,
    NearMissMatchRequest,
    Requests,
    Scenarios,
)
from wiremock.constants import Config

steps = Steps()
Config.base_url = f"{steps.origin}/__admin"


def plain(entity: Any) -> Any:
    """What the client has read off an answer."""
    return entity.get_json_data() if hasattr(entity, "get_json_data") else None


def do(label: str, call: Any, *arguments: Any) -> Any:
    """A step whose result is judged by what the client made of it."""
    kept: list[Any] = []

    def asked() -> Any:
        kept.append(call(*arguments))
        return plain(kept[0])

    steps.do(label, asked)
    return kept[0] if kept else None


def mapping(number: int) -> Mapping:
    """One of the forms of the client's documentation."""
    kind = number % 5
    path = f"/{steps.name('stub', number)}"
    request = MappingRequest(method=steps.random.choice(["GET", "POST", "ANY"]), url=path)
    response = MappingResponse(status=200, body=f"hi {number} – 好", headers={"Content-Type": "text/plain"})
    more: dict[str, Any] = {}
    if kind == 1:
        request = MappingRequest(
            method="POST",
            url_path=path,
            headers={"Accept": {"contains": "json"}, "X-Absent": {"absent": True}},
            query_parameters={"q": {"equalTo": "a"}},
            body_patterns=[{"equalToJson": '{"a": 1}', "ignoreArrayOrder": True}, {"matchesJsonPath": "$.a"}],
        )
        response = MappingResponse(status=201, json_body={"id": number, "deep": {"list": [1, {"two": None}]}})
    elif kind == 2:
        request = MappingRequest(method="GET", url_path_pattern=f"{path}/[a-z]+")
        delay = DelayDistribution(distribution_type="lognormal", median=1, sigma=0.1)
        response = MappingResponse(status=503, delay_distribution=delay, status_message="Later")
        more = {"metadata": {"team": "a", "number": number}}
    elif kind == 3:
        more = {"scenario_name": path, "required_scenario_state": "Started", "new_scenario_state": "Done"}
    elif kind == 4:
        response = MappingResponse(status=200, base64_body="aGk=", fixed_delay_milliseconds=1)
    return Mapping(priority=steps.random.randint(1, 100), request=request, response=response, persistent=False, **more)


def visit(number: int) -> None:
    """A call to the mocked API itself, past the admin API: it fills the journal."""
    with suppress(urllib.error.URLError):
        urllib.request.urlopen(f"{steps.application}/{steps.name('stub', number)}", timeout=10).close()


def use(number: int) -> None:
    """One mapping from its creation to its end."""
    made = do("create mapping", Mappings.create_mapping, mapping(number))
    visit(number)
    if made is None:
        return
    do("retrieve mapping", Mappings.retrieve_mapping, made)
    made.priority = 3
    do("update mapping", Mappings.update_mapping, made)
    pattern = NearMissMatchPatternRequest(method="GET", url=f"/{steps.name('stub', number)}")
    do("count requests", Requests.get_matching_request_count, pattern)
    do("find requests", Requests.get_matching_requests, pattern)
    do("near misses of pattern", NearMisses.find_nearest_misses_by_request_pattern, pattern)
    asked = NearMissMatchRequest(
        url=f"/{steps.name('stub', number)}x",
        absolute_url="http://localhost/x",
        method="GET",
        client_ip="127.0.0.1",
        headers={"Accept": "*/*"},
        body="",
    )
    do("near misses of request", NearMisses.find_nearest_misses_by_request, asked)
    if number % 5 != 0:
        do("delete mapping", Mappings.delete_mapping, made)


def ask(method: str, target: str, body: Any = None, kind: str = "application/json") -> Any:
    """A call that its Python client has no function for."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Accept": "*/*"} | ({} if data is None else {"Content-Type": kind})
    asked = urllib.request.Request(f"{steps.origin}/__admin{target}", data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        said = answer.read()
    try:
        return json.loads(said) if said else None
    except ValueError:
        return said.decode()


def stubs(number: int) -> None:
    """Stubs of a team: imported, found by what is said of them, those that nobody asked for taken away."""
    path, team = f"/{steps.name('imported', number)}", steps.name("team", number)
    stub = {"request": {"method": "GET", "url": path}, "response": {"status": 200, "body": "ok"}}
    given = [stub | {"metadata": {"team": team}}, stub | {"priority": 7}]
    how = {"duplicatePolicy": "IGNORE", "deleteAllNotInImport": False}
    steps.do("import", ask, "POST", "/mappings/import", {"mappings": given, "importOptions": how})
    wanted = {"matchesJsonPath": {"expression": "$.team", "equalTo": team}}
    steps.do("find by metadata", ask, "POST", "/mappings/find-by-metadata", wanted)
    steps.do("unmatched stubs", ask, "GET", "/mappings/unmatched")
    steps.do("delete unmatched stubs", ask, "DELETE", "/mappings/unmatched")
    steps.do("scenarios", ask, "GET", "/scenarios")
    steps.do("version", ask, "GET", "/version")
    steps.do("health", ask, "GET", "/health")


def journal(number: int) -> None:
    """The requests that came, one by one and as many as match."""
    for each in range(3):
        visit(100 * number + each)
    seen = do("requests", Requests.get_all_received_requests, 5)
    shown = steps.do("requests of today", ask, "GET", "/requests?limit=3&since=2026-01-01T00%3A00%3A00Z")
    if seen is None or not shown or not shown["requests"]:
        return
    identity = shown["requests"][0]["id"]
    do("request", Requests.get_request, identity)
    steps.do("delete request", ask, "DELETE", f"/requests/{identity}")
    pattern = {"method": "GET", "urlPath": f"/{steps.name('stub', 100 * number)}"}
    steps.do("remove requests", ask, "POST", "/requests/remove", pattern)
    wanted = {"matchesJsonPath": {"expression": "$.team", "equalTo": "b"}}
    steps.do("remove requests by metadata", ask, "POST", "/requests/remove-by-metadata", wanted)
    steps.do("delete requests", ask, "DELETE", "/requests")


def files(number: int) -> None:
    """Files that stubs answer with."""
    name = f"{steps.name('file', number)}.json"
    steps.do("write file", ask, "PUT", f"/files/{name}", b'{"a": 1}', "application/octet-stream")
    steps.do("files", ask, "GET", "/files")
    steps.do("read file", ask, "GET", f"/files/{name}")
    steps.do("delete file", ask, "DELETE", f"/files/{name}")


def recordings() -> None:
    """A recording of an API, which is WireMock itself."""
    target = {"targetBaseUrl": f"{steps.application}/__admin", "captureHeaders": {"Accept": {}}, "persist": False}
    steps.do("start recording", ask, "POST", "/recordings/start", target)
    steps.do("status of recording", ask, "GET", "/recordings/status")
    with suppress(urllib.error.URLError):
        urllib.request.urlopen(f"{steps.application}/version", timeout=10).close()
    steps.do("stop recording", ask, "POST", "/recordings/stop")
    steps.do("snapshot", ask, "POST", "/recordings/snapshot", {"persist": False, "repeatsAsScenarios": False})


for round_number in range(steps.rounds):
    for each in range(20):
        use(100 * round_number + each)
    do("all mappings", Mappings.retrieve_all_mappings)
    do("some mappings", Mappings.retrieve_all_mappings, {"limit": 2, "offset": 1})
    do("unmatched requests", Requests.get_unmatched_requests)
    do("near misses of unmatched", Requests.get_unmatched_requests_near_misses)
    do(
        "delete by metadata",
        Mappings.delete_mapping_by_metadata,
        {"matchesJsonPath": {"expression": "$.team", "equalTo": "a"}},
    )
    # Its client reads JSON off an answer that has none: the call succeeds, the step does not.
    do("settings", GlobalSettings.update_global_settings, GlobalSetting(fixed_delay=0))
    steps.do("settings of a page", ask, "POST", "/settings", {"fixedDelay": 0})
    do("reset scenarios", Scenarios.reset_all_scenarios)
    do("save", Mappings.persist_mappings)
    stubs(round_number)
    journal(round_number)
    files(round_number)
    recordings()
    do("reset mappings", Mappings.reset_mappings)
    do("delete all", Mappings.delete_all_mappings)
    steps.do("reset", ask, "POST", "/reset")
steps.probe("emptyRequestJournal", "POST", "/__admin/requests/reset")
steps.close()
