"""The rest of Prefect's contract: what its workers, its command and its web interface ask for, with ids made before."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from steps import Steps


class Rest:
    """One round of calls; `name` makes names that no other run uses."""

    def __init__(self, steps: Steps, http: httpx.Client, number: int) -> None:
        self.steps, self.http = steps, http
        self.name: Callable[[str], str] = lambda kind: steps.name(kind, number)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One call, named by itself without its ids; its JSON, or None where it failed or said nothing."""

        def call() -> Any:
            answer = self.http.request(method, path, json=body).raise_for_status()
            if not answer.content or "json" not in answer.headers.get("content-type", ""):
                return answer.text
            return answer.json()

        return self.steps.do(f"{method} {_shape(path)}", call)

    def make(self, path: str, body: Any, method: str = "POST") -> str:
        """The id of something new; one that nothing has where making it failed."""
        made = self.ask(method, path, body)
        return str(made["id"]) if isinstance(made, dict) else str(uuid.UUID(int=0))

    def all(self) -> None:
        """Everything, each thing ended after its use."""
        self.server()
        self.flows()
        self.pools()
        self.limits()
        self.blocks()
        self.events()

    def server(self) -> None:
        """What says how the server is, and templates and schemas that it judges."""
        for path in ("/hello", "/ready", "/version", "/health", "/observed-states?limit=5", "/block_capabilities/"):
            self.ask("GET", path)
        self.ask("GET", f"/csrf-token?client={uuid.uuid4()}")
        self.ask("POST", "/templates/validate", "{{ flow.name }}")
        self.ask("POST", "/automations/templates/validate", "{{ flow.name }}")
        schema = {"type": "object", "properties": {"count": {"type": "integer"}}}
        self.ask("POST", "/ui/schemas/validate", {"schema": schema, "values": {"count": 1}})
        search = {"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": "x"}
        saved = self.make("/saved_searches/", {"name": self.name("search"), "filters": [search]}, "PUT")
        self.ask("GET", f"/saved_searches/{saved}")
        self.ask("POST", "/saved_searches/filter", {"limit": 5})
        self.ask("DELETE", f"/saved_searches/{saved}")
        variable = self.name("rest").replace("-", "_")
        identity = self.make("/variables/", {"name": variable, "value": {"deep": [1]}, "tags": ["t"]})
        self.ask("GET", f"/variables/{identity}")
        self.ask("PATCH", f"/variables/{identity}", {"value": "b"})
        self.ask("POST", "/variables/count", {"variables": {"name": {"any_": [variable]}}})
        self.ask("DELETE", f"/variables/{identity}")

    def flows(self) -> None:
        """Flows, their runs and deployments, as the web interface and workers see them."""
        flow = self.make("/flows/", {"name": self.name("rest"), "tags": ["r"]})
        wanted = {"flows": {"id": {"any_": [flow]}}}
        self.ask("PATCH", f"/flows/{flow}", {"tags": ["s"]})
        self.ask("POST", "/flows/count", wanted)
        self.ask("POST", "/ui/flows/count-deployments", {"flow_ids": [flow]})
        self.ask("POST", "/ui/flows/next-runs", {"flow_ids": [flow]})
        runs = [self.make("/flow_runs/", {"flow_id": flow, "name": f"r{each}", "parameters": {}}) for each in range(3)]
        first = runs[0]
        self.runs(flow, runs, wanted)
        self.tasks(first, wanted)
        self.deployment(flow)
        self.ask("POST", "/flow_runs/bulk_delete", {"flow_runs": {"id": {"any_": runs[1:]}}})
        spare = self.make("/flows/", {"name": self.name("spare")})
        self.ask("POST", "/flows/bulk_delete", {"flows": {"id": {"any_": [spare]}}})
        self.ask("DELETE", f"/flows/{flow}")

    def runs(self, flow: str, runs: list[str], wanted: dict[str, Any]) -> None:
        """Runs of a flow: their graphs, logs and inputs, one that pauses and goes on."""
        first = runs[0]
        self.ask("POST", "/flow_runs/lateness", wanted)
        self.ask("GET", f"/flow_runs/{first}/graph")
        self.ask("GET", f"/flow_runs/{first}/graph-v2")
        entry = {"name": "n", "level": 20, "message": "line", "timestamp": _now(), "flow_run_id": first}
        self.ask("POST", "/logs/", [entry])
        self.ask("GET", f"/flow_runs/{first}/logs/download")
        self.ask("POST", f"/flow_runs/{first}/input", {"key": "some-key", "value": '"a"'})
        self.ask("POST", f"/flow_runs/{first}/input/filter", {"prefix": "some", "limit": 5})
        self.ask("DELETE", f"/flow_runs/{first}/input/some-key")
        for state in ("RUNNING", "PAUSED"):
            details = {"pause_timeout": _now(hours=1), "pause_reschedule": True} if state == "PAUSED" else {}
            given = {"type": state, "state_details": details}
            self.ask("POST", f"/flow_runs/{first}/set_state", {"state": given, "force": True})
        self.ask("POST", f"/flow_runs/{first}/resume", {})
        chosen = {"flow_runs": {"id": {"any_": runs}}, "state": {"type": "COMPLETED"}, "force": True}
        self.ask("POST", "/flow_runs/bulk_set_state", chosen)
        run = self.ask("GET", f"/flow_runs/{first}")
        if isinstance(run, dict) and run.get("state_id"):
            self.ask("GET", f"/flow_run_states/{run['state_id']}")
        self.ask("POST", "/ui/flow_runs/history", wanted | {"sort": "START_TIME_DESC", "limit": 5})
        self.ask("POST", "/ui/flow_runs/count-task-runs", {"flow_run_ids": runs})

    def tasks(self, run: str, wanted: dict[str, Any]) -> None:
        """Runs of tasks."""
        given = {"flow_run_id": run, "task_key": "k", "dynamic_key": "0", "name": "t", "task_inputs": {}}
        task = self.make("/task_runs/", given | {"state": {"type": "RUNNING"}})
        self.ask("PATCH", f"/task_runs/{task}", {"name": "u"})
        seen = self.ask("GET", f"/task_runs/{task}")
        if isinstance(seen, dict) and seen.get("state_id"):
            self.ask("GET", f"/task_run_states/{seen['state_id']}")
        self.ask("GET", f"/ui/task_runs/{task}")
        self.ask("POST", "/task_runs/paginate", wanted | {"page": 1, "limit": 5})
        self.ask("POST", "/task_runs/history", wanted | _history())
        self.ask("POST", "/ui/task_runs/count", wanted)
        self.ask("POST", "/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": {"after_": _now(hours=-2)}}})
        self.ask("POST", "/task_workers/filter", {})
        self.ask("DELETE", f"/task_runs/{task}")
        artifact = self.make("/artifacts/", {"key": self.name("rest"), "type": "markdown", "data": "# a"})
        self.ask("GET", f"/artifacts/{artifact}")
        self.ask("PATCH", f"/artifacts/{artifact}", {"description": "d"})
        self.ask("GET", f"/artifacts/{self.name('rest')}/latest")
        self.ask("POST", "/artifacts/count", {})
        self.ask("DELETE", f"/artifacts/{artifact}")

    def deployment(self, flow: str) -> None:
        """A deployment, its schedules and its runs."""
        name = self.name("rest")
        made = self.make("/deployments/", {"name": name, "flow_id": flow, "paused": False})
        self.ask("GET", f"/deployments/name/{name}/{name}")
        self.ask("POST", "/deployments/count", {"deployments": {"name": {"any_": [name]}}})
        given = [{"active": True, "schedule": {"interval": 3600, "timezone": "Europe/Vienna"}}]
        schedules = self.ask("POST", f"/deployments/{made}/schedules", given)
        for schedule in schedules or []:
            self.ask("PATCH", f"/deployments/{made}/schedules/{schedule['id']}", {"active": False})
            self.ask("DELETE", f"/deployments/{made}/schedules/{schedule['id']}")
        self.ask("POST", f"/deployments/{made}/schedule", {"max_runs": 2})
        self.ask("POST", f"/deployments/{made}/create_flow_run/bulk", [{"parameters": {}, "name": f"{name}-bulk"}])
        self.ask("GET", f"/deployments/{made}/work_queue_check")
        self.ask("POST", f"/deployments/{made}/pause_deployment")
        self.ask("POST", f"/deployments/{made}/resume_deployment")
        self.ask("POST", "/deployments/bulk_delete", {"deployments": {"id": {"any_": [made]}}})

    def pools(self) -> None:
        """Work pools with their queues and workers, and queues of the default pool."""
        pool, queue = self.name("rest-pool"), self.name("rest-queue")
        self.ask("POST", "/work_pools/", {"name": pool, "type": "process", "base_job_template": {}})
        self.ask("POST", "/work_pools/count", {"work_pools": {"name": {"any_": [pool]}}})
        self.ask("POST", f"/work_pools/{pool}/concurrency_status", {"limit": 5})
        self.ask("POST", f"/work_pools/{pool}/queues", {"name": "q", "priority": 3})
        self.ask("GET", f"/work_pools/{pool}/queues/q")
        self.ask("PATCH", f"/work_pools/{pool}/queues/q", {"description": "d"})
        self.ask("DELETE", f"/work_pools/{pool}/queues/q")
        self.ask("POST", f"/work_pools/{pool}/workers/heartbeat", {"name": "w", "heartbeat_interval_seconds": 30})
        self.ask("DELETE", f"/work_pools/{pool}/workers/w")
        self.ask("DELETE", f"/work_pools/{pool}")
        made = self.make("/work_queues/", {"name": queue, "concurrency_limit": 3})
        self.ask("GET", f"/work_queues/name/{queue}")
        self.ask("POST", f"/work_queues/{made}/get_runs", {"limit": 5})
        self.ask("POST", f"/work_queues/{made}/concurrency_status", {"limit": 5})
        self.ask("DELETE", f"/work_queues/{made}")

    def limits(self) -> None:
        """Concurrency limits, by tag and by name, with and without a lease."""
        tag, name, task = self.name("rest-tag"), self.name("rest-limit"), str(uuid.uuid4())
        made = self.make("/concurrency_limits/", {"tag": tag, "concurrency_limit": 2})
        self.ask("GET", f"/concurrency_limits/{made}")
        self.ask("POST", "/concurrency_limits/increment", {"names": [tag], "task_run_id": task})
        self.ask("POST", "/concurrency_limits/decrement", {"names": [tag], "task_run_id": task})
        self.ask("POST", f"/concurrency_limits/tag/{tag}/reset", {})
        self.ask("DELETE", f"/concurrency_limits/{made}")
        self.ask("POST", "/v2/concurrency_limits/", {"name": name, "limit": 3})
        slots = {"slots": 1, "names": [name]}
        self.ask("POST", "/v2/concurrency_limits/increment", slots | {"mode": "concurrency"})
        self.ask("POST", "/v2/concurrency_limits/decrement", slots)
        leased = self.ask("POST", "/v2/concurrency_limits/increment-with-lease", slots | {"lease_duration": 60})
        if isinstance(leased, dict):
            lease = leased["lease_id"]
            self.ask("POST", f"/v2/concurrency_limits/leases/{lease}/renew", {"lease_duration": 90})
            self.ask("POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": lease})
        self.ask("DELETE", f"/v2/concurrency_limits/{name}")

    def blocks(self) -> None:
        """A type of block of a team's own, its schema and a document, and where results are kept."""
        slug = self.name("rest-block")
        kind = self.make("/block_types/", {"name": slug, "slug": slug, "description": "d"})
        self.ask("GET", f"/block_types/{kind}")
        self.ask("PATCH", f"/block_types/{kind}", {"description": "e"})
        fields = {"title": "T", "type": "object", "properties": {"a": {"type": "string", "title": slug}}}
        fields |= {"block_type_slug": slug, "secret_fields": [], "block_schema_references": {}}
        schema = self.ask("POST", "/block_schemas/", {"fields": fields, "block_type_id": kind, "capabilities": ["x"]})
        if isinstance(schema, dict):
            self.ask("GET", f"/block_schemas/{schema['id']}")
            self.ask("GET", f"/block_schemas/checksum/{schema['checksum']}")
            given = {"name": "some-block", "data": {"a": "b"}, "block_type_id": kind, "block_schema_id": schema["id"]}
            document = self.make("/block_documents/", given)
            self.ask("GET", f"/block_documents/{document}")
            self.ask("PATCH", f"/block_documents/{document}", {"data": {"a": "c"}, "merge_existing_data": True})
            self.ask("GET", f"/block_types/slug/{slug}/block_documents/name/some-block")
            self.ask("POST", "/block_documents/count", {})
            self.ask("DELETE", f"/block_documents/{document}")
            self.ask("DELETE", f"/block_schemas/{schema['id']}")
        self.ask("DELETE", f"/block_types/{kind}")
        self.ask("POST", "/block_types/install_system_block_types")
        self.storage()

    def storage(self) -> None:
        """The block that keeps the results of all runs."""
        local = self.ask("GET", "/block_types/slug/local-file-system")
        if isinstance(local, dict):
            chosen = {"block_schemas": {"block_type_id": {"any_": [local["id"]]}}}
            schemas = self.ask("POST", "/block_schemas/filter", chosen)
            if schemas:
                given = {"name": self.name("results"), "data": {"basepath": "/tmp/results"}}
                given |= {"block_type_id": local["id"], "block_schema_id": schemas[0]["id"]}
                place = self.make("/block_documents/", given)
                self.ask("PUT", "/admin/storage", {"default_result_storage_block_id": place})
                self.ask("GET", "/admin/storage")
                self.ask("DELETE", "/admin/storage")
                self.ask("DELETE", f"/block_documents/{place}")

    def events(self) -> None:
        """Events as the web interface reads them, and automations as it changes them."""
        name = self.name("rest.event")
        resource = {"prefect.resource.id": f"test.{name}"}
        given = [
            {"id": str(uuid.uuid4()), "occurred": _now(), "event": "rest.event", "resource": resource, "payload": {}}
            for _ in range(60)
        ]
        self.ask("POST", "/events", given)
        seen = {"occurred": {"since": _now(hours=-2), "until": _now(hours=1)}}
        page = self.ask("POST", "/events/filter", {"filter": seen, "limit": 5})
        if isinstance(page, dict) and page.get("next_page"):
            self.ask("GET", f"/events/filter/next?{page['next_page'].partition('?')[2]}")
        self.ask("POST", "/events/count-by/event", {"filter": seen, "time_unit": "hour", "time_interval": 1})
        trigger = {"type": "event", "posture": "Reactive", "expect": ["a.b"], "threshold": 1, "within": 0}
        body = {"name": name, "trigger": trigger, "actions": [{"type": "do-nothing"}]}
        made = self.make("/automations/", body)
        self.ask("PUT", f"/automations/{made}", body | {"description": "changed"})
        self.ask("PATCH", f"/automations/{made}", {"enabled": False})
        self.ask("POST", "/automations/count", {})
        self.ask("GET", f"/automations/related-to/prefect.flow.{uuid.uuid4()}")
        self.ask("DELETE", f"/automations/owned-by/prefect.flow.{uuid.uuid4()}")
        self.ask("DELETE", f"/automations/{made}")


def _now(hours: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def _history() -> dict[str, Any]:
    return {"history_start": _now(hours=-2), "history_end": _now(), "history_interval_seconds": 600}


def _shape(path: str) -> str:
    """The path of a label: what changes from run to run is a star."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if part.replace("_", "").replace("-", "").isalpha() else "*" * bool(part) for part in parts)
