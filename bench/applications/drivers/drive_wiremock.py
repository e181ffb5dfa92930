"""WireMock's Python client: stub mappings of many forms, the request journal, near misses, scenarios, settings."""

from __future__ import annotations

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
    do("settings", GlobalSettings.update_global_settings, GlobalSetting(fixed_delay=0))
    do("reset scenarios", Scenarios.reset_all_scenarios)
    do("save", Mappings.persist_mappings)
    do("reset mappings", Mappings.reset_mappings)
    do("reset journal", Requests.reset_request_journal)
    do("delete all", Mappings.delete_all_mappings)
steps.close()
