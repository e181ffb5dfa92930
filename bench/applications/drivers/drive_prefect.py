"""Prefect's Python client: flows, runs and their states, deployments, schedules, pools and queues, blocks, limits,
variables, artifacts, automations, logs and events, and flows of tasks run by its engine."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from prefect_rest import Rest
from steps import Steps

steps = Steps()
# The client reads these when it is imported.
os.environ |= {  # noqa: TID251
    "PREFECT_API_URL": f"{steps.origin}/api",
    "PREFECT_HOME": tempfile.mkdtemp(prefix="prefect-"),
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLIENT_MAX_RETRIES": "0",
    "DO_NOT_TRACK": "1",
}
import httpx
from prefect import flow, task
from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import get_client
from prefect.client.schemas import actions, filters, sorting
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.events.filters import EventFilter
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.actions import DoNothing
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker
from prefect.states import Completed, Failed, Pending, Running, Scheduled

# Its engine sends events over a WebSocket, which no contract of HTTP describes: they are not sent, here and beside.
EventsWorker.set_client_override(NullEventsClient)
client = get_client(sync_client=True)
http = httpx.Client(base_url=f"{steps.origin}/api", timeout=30)


@task
def double(number: int) -> int:
    """A task."""
    return 2 * number


@flow
def numbers(count: int, options: dict[str, Any] | None = None) -> int:
    """A flow of tasks."""
    return sum(double(each) for each in range(count))


def runs_of(number: int) -> None:
    """A flow, its runs and their states, by hand as a worker does."""
    name = steps.name("flow", number)
    flow_id = steps.do("create flow", client.create_flow_from_name, name)
    steps.do("read flow", client.read_flow, flow_id)
    steps.do("read flow by name", client.read_flow_by_name, name)
    wanted = filters.FlowFilter(name=filters.FlowFilterName(any_=[name]))
    steps.do("read flows", client.read_flows, flow_filter=wanted, sort=sorting.FlowSort.NAME_ASC, limit=5)
    for each in range(4):
        tags, given = [name, "a b"], {"count": each, "options": {"deep": {"er": [1, {"x": None}]}, "text": "–"}}
        run = steps.do(
            "create flow run", client.create_flow_run, numbers, name=f"{name}-{each}", parameters=given, tags=tags
        )
        if run is None:
            continue
        at = steps.random.choice([Running(), Scheduled(), Pending()])
        steps.do("set state", client.set_flow_run_state, run.id, at, force=True)
        last = steps.random.choice([Completed(message="fine"), Failed(message="“not” fine"), Completed(data={"a": 1})])
        steps.do("set last state", client.set_flow_run_state, run.id, last, force=True)
        steps.do("read run", client.read_flow_run, run.id)
        steps.do("read states", client.read_flow_run_states, run.id)
        steps.do("update run", client.update_flow_run, run.id, name=f"{name}-x{each}", tags=["b"])
        steps.do("labels", client.update_flow_run_labels, run.id, {"team": "a", "size": 3})
        own = steps.do("task run", client.create_task_run, double, run.id, f"k{each}", name=f"t{each}", task_inputs={})
        if own is not None:
            steps.do("task state", client.set_task_run_state, own.id, Completed(), force=True)
            steps.do("read task run", client.read_task_run, own.id)
            steps.do("task states", client.read_task_run_states, own.id)
        steps.do("run input", client.create_flow_run_input, run.id, f"in{each}", '{"a": 1}')
        steps.do("read run input", client.read_flow_run_input, run.id, f"in{each}")
        steps.do(
            "artifact",
            client.create_artifact,
            actions.ArtifactCreate(key=f"k-{each}", type="table", data='[{"a": 1}]', flow_run_id=run.id),
        )
        entry = {
            "name": "prefect.flow_runs",
            "level": 20,
            "message": f"line {each}",
            "timestamp": "2026-01-01T00:00:00Z",
        }
        steps.do("logs", client.create_logs, [entry | {"flow_run_id": str(run.id)}])
        logs = filters.LogFilter(flow_run_id=filters.LogFilterFlowRunId(any_=[run.id]))
        steps.do("read logs", client.read_logs, logs)
        if each == 3:
            steps.do("delete run", client.delete_flow_run, run.id)
    tagged = filters.FlowRunFilter(
        tags=filters.FlowRunFilterTags(all_=[name]), name=filters.FlowRunFilterName(like_="flow")
    )
    steps.do(
        "read runs", client.read_flow_runs, flow_run_filter=tagged, sort=sorting.FlowRunSort.START_TIME_DESC, limit=10
    )
    steps.do("count runs", client.count_flow_runs, flow_run_filter=tagged)
    steps.do("read task runs", client.read_task_runs, flow_filter=wanted, limit=5)
    steps.do("artifacts", client.read_artifacts, limit=5)
    steps.do("latest artifacts", client.read_latest_artifacts, limit=5)
    if flow_id:
        deployments(number, flow_id)
        steps.do("delete flow", client.delete_flow, flow_id)


def deployments(number: int, flow_id: Any) -> None:
    """A deployment with schedules, and the pool and queue that it uses."""
    pool, name = steps.name("pool", number), steps.name("deployment", number)
    steps.do("create pool", client.create_work_pool, actions.WorkPoolCreate(name=pool, type="process"))
    steps.do("read pool", client.read_work_pool, pool)
    steps.do("pools", client.read_work_pools, limit=5)
    steps.do("update pool", client.update_work_pool, pool, actions.WorkPoolUpdate(concurrency_limit=5))
    queue = steps.do("create queue", client.create_work_queue, "q", work_pool_name=pool, priority=2)
    steps.do("queues", client.read_work_queues, work_pool_name=pool)
    steps.do("heartbeat", client.send_worker_heartbeat, pool, "worker-1", 30.0)
    steps.do("workers", client.read_workers_for_work_pool, pool)
    if queue is not None:
        steps.do("read queue", client.read_work_queue, queue.id)
        steps.do("queue status", client.read_work_queue_status, queue.id)
        steps.do("update queue", client.update_work_queue, queue.id, description="later", is_paused=False)
    schedule = actions.DeploymentScheduleCreate(
        schedule=CronSchedule(cron="0 3 * * *", timezone="Europe/Vienna"), active=True
    )
    made = steps.do(
        "create deployment",
        client.create_deployment,
        flow_id,
        name,
        work_pool_name=pool,
        schedules=[schedule],
        parameters={"count": 2, "options": {"deep": {"er": 1}}},
        tags=["a"],
        job_variables={"env": {"A": "b"}, "stream_output": True},
        parameter_openapi_schema={
            "type": "object",
            "properties": {"count": {"type": "integer", "title": "count"}},
            "title": "P",
        },
        entrypoint="flows.py:numbers",
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": "/tmp"}}],
    )
    if made is None:
        return
    steps.do("read deployment", client.read_deployment, made)
    steps.do("deployments", client.read_deployments, limit=5, sort=sorting.DeploymentSort.NAME_ASC)
    steps.do("schedules", client.read_deployment_schedules, made)
    hourly = IntervalSchedule(interval=timedelta(hours=1))
    steps.do("more schedules", client.create_deployment_schedules, made, [(hourly, False)])
    steps.do("pause", client.pause_deployment, made)
    steps.do("resume", client.resume_deployment, made)
    steps.do("update deployment", client.update_deployment, made, actions.DeploymentUpdate(description="d", tags=["b"]))
    steps.do(
        "run deployment", client.create_flow_run_from_deployment, made, parameters={"count": 1}, idempotency_key=name
    )
    steps.do("scheduled", client.get_scheduled_flow_runs_for_work_pool, pool)
    steps.do("scheduled of deployment", client.get_scheduled_flow_runs_for_deployments, [made])
    steps.do("delete deployment", client.delete_deployment, made)
    steps.do("delete pool", client.delete_work_pool, pool)


def blocks(number: int) -> None:
    """Block types, their schemas and documents: the most nested values of the API."""
    name = steps.name("block", number)
    hook = SlackWebhook(url="https://hooks.slack.com/services/T0000/B0000/XXXX")
    identity = steps.do("save block", lambda: str(hook.save(name, overwrite=True)))
    steps.do("load block", lambda: SlackWebhook.load(name).get_block_type_slug())
    steps.do("block types", client.read_block_types)
    steps.do("block type", client.read_block_type_by_slug, "slack-webhook")
    steps.do("block schemas", client.read_block_schemas)
    steps.do("documents", client.read_block_documents, limit=5)
    steps.do("documents of type", client.read_block_documents_by_type, "slack-webhook", limit=5)
    if identity:
        steps.do("delete document", client.delete_block_document, identity)


def others(number: int) -> None:
    """Variables, limits, automations, events, settings."""
    name = steps.name("v", number).replace("-", "_")
    for value in ("text", 5, {"deep": {"er": [1, None]}}, ["a", {"b": 1}]):
        steps.do(
            "variable",
            client.create_variable,
            actions.VariableCreate(name=f"{name}_{type(value).__name__}", value=value, tags=["t"]),
        )
    steps.do("read variable", client.read_variable_by_name, f"{name}_dict")
    steps.do("update variable", client.update_variable, actions.VariableUpdate(name=f"{name}_dict", value=[1]))
    steps.do("variables", client.read_variables, limit=5)
    steps.do("delete variable", client.delete_variable_by_name, f"{name}_int")
    steps.do("tag limit", client.create_concurrency_limit, name, 3)
    steps.do("read tag limit", client.read_concurrency_limit_by_tag, name)
    steps.do("tag limits", client.read_concurrency_limits, 5, 0)
    steps.do("delete tag limit", client.delete_concurrency_limit_by_tag, name)
    steps.do(
        "limit",
        client.create_global_concurrency_limit,
        actions.GlobalConcurrencyLimitCreate(name=name, limit=4, slot_decay_per_second=0.5),
    )
    steps.do("read limit", client.read_global_concurrency_limit_by_name, name)
    steps.do("limits", client.read_global_concurrency_limits, 5, 0)
    steps.do("take", lambda: client.increment_concurrency_slots([name], 1, "concurrency").json())
    steps.do("give", lambda: client.release_concurrency_slots([name], 1, 0.5).json())
    steps.do(
        "update limit", client.update_global_concurrency_limit, name, actions.GlobalConcurrencyLimitUpdate(limit=5)
    )
    steps.do("delete limit", client.delete_global_concurrency_limit_by_name, name)
    trigger = EventTrigger(
        expect={"prefect.flow-run.Failed"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(seconds=10),
    )
    identity = steps.do(
        "automation", client.create_automation, AutomationCore(name=name, trigger=trigger, actions=[DoNothing()])
    )
    if identity:
        steps.do("read automation", client.read_automation, identity)
        steps.do("pause automation", client.pause_automation, identity)
        steps.do("delete automation", client.delete_automation, identity)
    steps.do("automations", client.read_automations)
    steps.do("events", client.read_events, filter=EventFilter(), limit=5)
    steps.do("health", client.api_healthcheck)
    steps.do("server version", client.api_version)


def interface(number: int) -> None:
    """What its web interface asks for on its first pages."""

    def post(path: str, body: Any) -> Any:
        return http.post(path, json=body).raise_for_status().json()

    def get(path: str) -> Any:
        return http.get(path).raise_for_status().json()

    steps.do("ui settings", get, "/admin/settings")
    steps.do("ui version", get, "/admin/version")
    steps.do("ui flows", post, "/flows/paginate", {"page": 1, "limit": 10, "sort": "NAME_ASC"})
    steps.do(
        "ui runs",
        post,
        "/flow_runs/paginate",
        {
            "page": 1,
            "limit": 10,
            "sort": "EXPECTED_START_TIME_DESC",
            "flow_runs": {"state": {"type": {"any_": ["FAILED", "COMPLETED"]}}},
        },
    )
    steps.do("ui deployments", post, "/deployments/paginate", {"page": 1, "limit": 10})
    steps.do("ui next runs", post, "/ui/flow_runs/count-task-runs", {"flow_run_ids": []})
    history = {
        "history_start": "2026-11-28T00:00:00Z",
        "history_end": "2026-11-29T00:00:00Z",
        "history_interval_seconds": 3600,
    }
    steps.do("ui history", post, "/flow_runs/history", history)
    steps.do("ui queues", post, "/work_queues/filter", {"limit": 10})
    steps.do("ui counts", post, "/flow_runs/count", {"flow_runs": {"tags": {"any_": ["a"]}}})
    steps.do("ui artifacts", post, "/artifacts/latest/count", {})
    steps.do("ui task counts", post, "/task_runs/count", {"task_runs": {"state": {"name": {"any_": ["Completed"]}}}})
    steps.do("ui capabilities", get, "/collections/views/aggregate-worker-metadata")


for round_number in range(steps.rounds):
    runs_of(round_number)
    blocks(round_number)
    others(round_number)
    interface(round_number)
    Rest(steps, http, round_number).all()
    steps.do("run a flow", numbers, steps.random.randint(1, 3), {"deep": {"er": 1}})
steps.close()
