"""Plans and products on a running gateway: limits hold across processes and restarts, and follow the file."""

from __future__ import annotations

import http.client
import os
import re
import resource
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from operated import Operated, wait_until

from firstclass.access import applications, subscriptions
from firstclass.app.opening import open_keyring
from firstclass.identity import api_keys

NOTE = "/v1/notes/7"


def planned(site: Operated, plans: list[dict[str, Any]], **more: Any) -> str:
    """The key of an application under the first plan, on a gateway that runs."""
    site.write_config(plans=plans, workers=2, **more)
    site.apply()
    key = key_under(site, "metered", plans[0]["name"])
    site.start()
    wait_for_hour(site)
    return key


def key_under(site: Operated, name: str, plan: str | None = None, product: str | None = None) -> str:
    with site.store() as store:
        applications.create(store, name=name, owner="owner@example.com", actor="test")
        granted: dict[str, Any] = {"product": product} if product else {"api": "notes", "operations": ["getNote"]}
        subscriptions.create(store, application=name, plan=plan, actor="test", **granted)
        return api_keys.issue(store, open_keyring(site.data), name, timedelta(days=1), actor="test").key.reveal_text()


def wait_for_hour(site: Operated) -> None:
    """Quotas follow the UTC hour: a test does not begin where one ends."""
    if (left := 3600 - time.time() % 3600) < 60:
        time.sleep(left + 1)


def burst(site: Operated, key: str, calls: int, callers: int = 8) -> Counter[int]:
    with ThreadPoolExecutor(callers) as pool:
        return Counter(pool.map(lambda _: site.call("GET", NOTE, key).status, range(calls)))


def test_a_quota_lets_exactly_as_many_through_and_no_more_after_a_power_cut(site: Operated) -> None:
    key = planned(site, [{"name": "metered", "quota": "20 per hour by application"}])
    assert burst(site, key, 24) == {200: 20, 429: 4}
    site.kill()
    site.start()
    assert burst(site, key, 24) == {429: 24}
    site.stop()
    site.start()
    refused = site.call("GET", NOTE, key)
    assert (refused.status, refused.reason) == (429, "quota_exceeded")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit-Policy"] == '"quota";q=20;w=3600'
    assert re.fullmatch(r'"quota";r=0;t=\d+', refused.headers["RateLimit"])


def test_power_cuts_under_load_cost_at_most_a_block_each_and_overshoot_nothing(site: Operated) -> None:
    """The origin counts what passed. 1000 a day are leased in blocks of 10."""
    key = planned(site, [{"name": "metered", "quota": "1000 per day by application"}])
    before, cuts = site.origin.calls, 3
    for _ in range(cuts):
        with ThreadPoolExecutor(16) as pool:
            calls = [pool.submit(quiet_call, site, key) for _ in range(2000)]
            started = site.origin.calls
            wait_until("calls that pass", lambda started=started: site.origin.calls >= started + 60)
            os.kill(site.group()["engine"], signal.SIGKILL)
            for call in calls:
                call.cancel()
        site.until_status(200, NOTE, key)
    while burst(site, key, 256, 16)[200]:
        pass
    passed = site.origin.calls - before
    # Calls that were charged and killed on their way are the callers' own: no more than ran at once.
    assert 1000 - cuts * (10 + 16) <= passed <= 1000


def quiet_call(site: Operated, key: str) -> None:
    try:
        site.call("GET", NOTE, key)
    except (OSError, http.client.HTTPException):  # none, or half an answer, of an engine that was killed
        time.sleep(0.01)


def test_an_end_in_order_costs_nothing_of_a_quota(site: Operated) -> None:
    key = planned(site, [{"name": "metered", "quota": "1000 per day by application"}])
    assert burst(site, key, 7)[200] == 7
    site.stop()
    site.start()
    assert "r=992;" in site.call("GET", NOTE, key).headers["RateLimit"]


def test_a_changed_plan_holds_within_a_second(site: Operated) -> None:
    key = planned(site, [{"name": "metered", "quota": "3 per day by application", "concurrency": 5}])
    assert burst(site, key, 5) == {200: 3, 429: 2}
    site.write_config(plans=[{"name": "metered", "quota": "5 per day by application"}])
    assert site.process is not None
    site.process.send_signal(signal.SIGHUP)
    answer = site.until_status(200, NOTE, key, seconds=5)
    assert answer.headers["RateLimit-Policy"] == '"quota";q=5;w=86400' and '"quota";r=1;' in answer.headers["RateLimit"]
    site.write_config(plans=[{"name": "metered"}])
    site.cli("apply")
    time.sleep(1.0)
    assert "RateLimit" not in site.call("GET", NOTE, key).headers
    assert burst(site, key, 8) == {200: 8}


def test_calls_that_run_at_once_are_bounded(site: Operated) -> None:
    key = planned(site, [{"name": "metered", "concurrency": 2}])
    site.origin.delay_seconds = 0.5
    try:
        with ThreadPoolExecutor(4) as pool:
            first = [site.call_under_way(pool, key) for _ in range(2)]
            third = site.call("GET", NOTE, key)
            assert (third.status, third.reason) == (429, "concurrency_exceeded")
            assert third.headers["RateLimit-Policy"] == '"concurrency";q=2;qu="concurrent-requests"'
            assert [call.result().status for call in first] == [200, 200]
    finally:
        site.origin.delay_seconds = 0.0
    assert burst(site, key, 4, callers=1) == {200: 4}


def test_a_product_is_subscribed_to_and_followed(site: Operated) -> None:
    reading = {"name": "reading", "api": "notes", "operations": ["getNote"], "plan": "metered"}
    plans = [{"name": "metered", "quota": "2 per day by application"}]
    other = planned(site, plans, products=[reading])
    key = key_under(site, "reader", product="reading")
    site.until_status(200, NOTE, key)
    assert burst(site, key, 4) == {200: 1, 429: 3}
    assert burst(site, other, 4) == {200: 2, 429: 2}, "products and APIs count apart"
    site.write_config(products=[])
    error = site.cli("apply", "--json").error
    assert error["code"] == "product_in_use" and "sub_" in error["message"]
    dumped = site.json("dump")
    assert dumped["products"] == [reading]
    assert dumped["plans"] == [{"name": "metered", "quota": ["2 per day by application"]}]
    granted = {entry["application"]: entry for entry in dumped["subscriptions"]}
    assert granted["reader"] == {"application": "reader", "product": "reading"}
    assert granted["metered"] == {
        "application": "metered", "api": "notes", "operations": ["getNote"], "plan": "metered"
    }  # fmt: skip
    site.replace_config(dumped)
    assert not site.apply().changed, "what was dumped says the same"


def test_check_and_apply_name_the_line_of_an_operation_that_no_api_has(fresh: Operated) -> None:
    fresh.write_config(products=[{"name": "reading", "api": "notes", "operations": ["getNotes"]}])
    for command, error in (("check", lambda told: told["errors"][0]), ("apply", lambda told: told["error"]["where"])):
        done = fresh.cli(command, "--json")
        place = error(done.json)
        assert done.code == 1 and place["pointer"] == "/products/0/operations/0"
        assert "getNotes" in fresh.config.read_text().splitlines()[place["line"] - 1]
        assert "did you mean 'getNote'?" in done.out


def test_a_refusal_is_explained_down_to_the_line_of_the_plan(site: Operated) -> None:
    key = planned(
        site, [{"name": "metered", "rate": "50 per second by application", "quota": "1 per day by application"}]
    )
    burst(site, key, 1)
    refused = site.call("GET", NOTE, key)
    told = wait_until("the event", lambda: site.json("explain", refused.request_id))
    assert (told["reason"], told["stage"], told["plan"]) == ("quota_exceeded", "limits", "metered")
    assert told["hint"].startswith("the plan metered has the quota 1 per day by application")
    line = site.config.read_text().splitlines()[told["location"]["line"] - 1]
    assert "1 per day by application" in line and told["location"]["pointer"] == "/plans/0/quota"


def test_a_full_disk_refuses_calls_with_a_quota_and_no_others(site: Operated) -> None:
    """Files of the engine may grow no more: what a full disk does to it. Python lets the write fail with an error."""
    key = planned(site, [{"name": "metered", "quota": "20 per hour by application"}])
    free = key_under(site, "free")
    site.until_status(200, NOTE, key)
    site.until_status(200, NOTE, free)
    engine = site.group()["engine"]
    soft, hard = resource.prlimit(engine, resource.RLIMIT_FSIZE)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (1, hard))
    assert burst(site, key, 6, callers=1) == {200: 1, 503: 5}, "one was leased ahead"
    assert site.call("GET", NOTE, key).reason == "overloaded"
    assert site.call("GET", NOTE, free).status == 200
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (soft, hard))
    site.until_status(200, NOTE, key)
    assert burst(site, key, 24) == {200: 17, 429: 7}
    site.said("quotas_leased_again")


def test_a_damaged_ledger_closes_what_has_begun_and_says_so(site: Operated) -> None:
    key = planned(site, [{"name": "metered", "quota": "100 per hour by application"}])
    assert burst(site, key, 3) == {200: 3}
    site.kill()
    ledger = site.data / "engine" / "quotas.log"
    text = bytearray(ledger.read_bytes())
    text[len(text) // 2] ^= 1
    ledger.write_bytes(text)
    site.start()
    site.said("damaged_file")
    refused = site.call("GET", NOTE, key)
    assert (refused.status, refused.reason) == (429, "quota_exceeded")
    assert list(ledger.parent.glob("quotas.log.damaged-*"))
    site.stop()
    ledger.unlink()
    site.start()
    assert site.call("GET", NOTE, key).status == 200
