"""`dev`: what a person saves goes live within a second; a broken save is told with its line, and changes nothing."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from operated import Operated, Origin, wait_until


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, origin: Origin, seed: Operated) -> Iterator[Operated]:
    site = Operated(tmp_path_factory.mktemp("dev"), origin)
    shutil.copytree(seed.data, site.data)
    site.start("dev")
    yield site
    assert site.stop() == 0


@pytest.fixture
def dev(workshop: Operated) -> Iterator[Operated]:
    """Its files are as they were when the test ends, and applied."""
    settings, contract = dict(workshop.settings), workshop.contract.read_text()
    workshop.forget_log()
    yield workshop
    workshop.replace_config(settings)
    workshop.contract.write_text(contract)
    workshop.until_status(200, "/v1/open")
    wait_until("nothing to apply", lambda: not workshop.apply(dry_run=True).changed)


def test_a_saved_contract_is_live_within_a_second(dev: Operated) -> None:
    began = time.monotonic()
    dev.edit_contract("/open:", "/opened:")
    dev.until_status(200, "/v1/opened")
    assert time.monotonic() - began < 1.5, "one second, and what a busy test machine adds"
    assert dev.call("GET", "/v1/open").status == 404
    dev.said("applied: notes")


def test_a_broken_save_changes_nothing_until_it_is_mended(dev: Operated) -> None:
    dev.edit_contract("maximum: 50", "maxinum: 50")
    said = dev.said("nothing was applied, what was live stays live: notes.yaml:20:")
    assert "hint: did you mean 'maximum'?" in said
    assert dev.call("GET", "/v1/open").status == 200
    dev.edit_contract("maxinum: 50", "maximum: 50")
    dev.edit_contract("/open:", "/opened:")
    dev.until_status(200, "/v1/opened")


def test_a_broken_save_that_is_taken_back_is_told(dev: Operated) -> None:
    dev.edit_contract("maximum: 50", "maxinum: 50")
    dev.said("nothing was applied, what was live stays live: notes.yaml:20:")
    dev.edit_contract("maxinum: 50", "maximum: 50")
    dev.said("the files are in order again; nothing changed")
    dev.contract.write_text(dev.contract.read_text())
    time.sleep(1)
    assert dev.log().count("in order again") == 1, "and only where something was wrong"


def test_a_half_written_file_is_told_once(dev: Operated) -> None:
    whole = dev.contract.read_text()
    dev.contract.write_text(whole[: len(whole) // 2] + "\n  - [")
    dev.said("nothing was applied")
    dev.contract.write_text(whole)
    time.sleep(0.5)
    assert dev.log().count("nothing was applied") == 1
    assert dev.call("GET", "/v1/open").status == 200


def test_a_file_that_a_save_names_in_vain_is_noticed_when_it_comes(dev: Operated) -> None:
    dev.edit_contract('{$ref: "#/components/schemas/NewNote"}', '{$ref: "new.yaml#/NewNote"}')
    dev.said("new.yaml")
    (dev.directory / "new.yaml").write_text("NewNote: {type: object, properties: {text: {type: string}}}\n")
    dev.said("applied: notes")


def test_the_configuration_is_watched_too(dev: Operated) -> None:
    entry = dev.settings["apis"][0]
    dev.write_config(apis=[{**entry, "base_path": "/v2"}])
    dev.until_status(200, "/v2/open")
    dev.write_config(apis=[{**entry, "base_pth": "/v3"}])
    assert "did you mean 'base_path'?" in dev.said("base_pth is not a setting")
    assert dev.call("GET", "/v2/open").status == 200


def test_a_contract_that_is_gone_for_a_moment_stays_live(dev: Operated) -> None:
    """Editors replace a file by removing it first."""
    text = dev.contract.read_text()
    dev.contract.unlink()
    dev.said("nothing was applied")
    assert dev.call("GET", "/v1/open").status == 200
    dev.contract.write_text(text.replace("/open:", "/opened:"))
    dev.until_status(200, "/v1/opened")


@contextmanager
def callers(site: Operated, *paths: str) -> Iterator[set[int]]:
    """People who call these paths all the time; the statuses that they got."""
    got: set[int] = set()
    done = Event()

    def call(path: str) -> None:
        while not done.is_set():
            got.add(site.call("GET", path).status)

    threads = [Thread(target=call, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        yield got
    finally:
        done.set()
        for thread in threads:
            thread.join()


def live(site: Operated) -> set[str]:
    """The APIs that the engine serves, while it is ready."""
    answer = site.status("/readyz")
    return set(json.loads(answer.body)["bundles"]) if answer.status == 200 else set()


@pytest.mark.parametrize("name", ["a-book", "zoo"], ids=["it sorts before the old", "it sorts behind the old"])
def test_an_api_that_is_renamed_is_served_all_the_time(dev: Operated, name: str) -> None:
    entry = dev.settings["apis"][0]
    with callers(dev, "/v1/open") as got:
        dev.write_config(apis=[{**entry, "name": name}])
        wait_until("the new name", lambda: live(dev) == {name})
        dev.write_config(apis=[entry])
        wait_until("the old name", lambda: live(dev) == {"notes"})
    assert got == {200}
    assert "refused" not in dev.log()


def test_two_apis_change_places_in_one_edit(dev: Operated) -> None:
    entry = dev.settings["apis"][0]

    def served() -> str:
        return dev.status("/readyz").body.decode().partition('"directory')[0]

    def configure(first: dict[str, str], second: dict[str, str]) -> None:
        before = served()
        dev.write_config(apis=[{**entry, **first}, {**entry, **second}])
        wait_until("the change", lambda: served() != before and len(live(dev)) == 2)

    configure({"name": "a", "base_path": "/v1"}, {"name": "b", "base_path": "/v2"})
    with callers(dev, "/v1/open", "/v2/open") as got:
        configure({"name": "a", "base_path": "/v2"}, {"name": "b", "base_path": "/v1"})
        configure({"name": "b", "base_path": "/v2"}, {"name": "a", "base_path": "/v1"})
        configure({"name": "c", "base_path": "/v1"}, {"name": "a", "base_path": "/v2"})
    assert got == {200}
    assert "refused" not in dev.log()


def test_an_api_that_the_file_names_no_more_is_said_to_be_gone(dev: Operated) -> None:
    dev.write_config(apis=[])
    dev.said("applied: notes (removed: its paths are unknown_operation from now on)")
    dev.until_status(404, "/v1/open")


def test_an_upstream_that_does_not_answer_is_said_with_its_address(fresh: Operated) -> None:
    fresh.write_config(apis=[{**fresh.settings["apis"][0], "upstream": "http://127.0.0.1:9"}])
    fresh.launch("dev", as_json=False)
    fresh.said("notes: nothing answers at http://127.0.0.1:9 yet")
    fresh.said("firstclass subscriptions create my-app --api notes --operations ")
    assert fresh.stop() == 0


def test_run_says_so_too_and_says_nothing_to_a_newcomer(fresh: Operated) -> None:
    fresh.write_config(apis=[{**fresh.settings["apis"][0], "upstream": "http://127.0.0.1:9"}])
    fresh.launch("run", as_json=False)
    fresh.said("notes: nothing answers at http://127.0.0.1:9 yet; its calls get 502 upstream_unreachable")
    assert fresh.stop() == 0 and "create my-app" not in fresh.log()
