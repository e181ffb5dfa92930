"""What `apply` and `run` remember of earlier compilations is never believed over the files."""

from __future__ import annotations

import os

import pytest
from operated import Operated


@pytest.fixture
def applied(site: Operated) -> Operated:
    assert site.json("apply")["changed"] is True
    assert site.json("apply")["changed"] is False
    assert (site.data / "compiled.json").stat().st_mode & 0o777 == 0o600
    return site


def test_a_file_of_the_same_time_and_size_is_still_another(applied: Operated):
    before = applied.contract.stat()
    applied.edit_contract("/open:", "/0pen:")
    os.utime(applied.contract, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert applied.contract.stat().st_size == before.st_size
    assert applied.cli("apply", "--dry-run").code == 3
    assert applied.json("apply")["apis"][0]["changed"] is True


def test_a_setting_of_the_api_counts_too(applied: Operated):
    applied.write_config(apis=[{**applied.settings["apis"][0], "mode": "observe"}])
    assert applied.cli("apply", "--dry-run").code == 3


def test_a_file_that_the_contract_refers_to_counts_too(applied: Operated):
    other = applied.directory / "new.yaml"
    other.write_text("NewNote: {type: object, properties: {text: {type: string, maxLength: 7}}}\n")
    applied.edit_contract('{$ref: "#/components/schemas/NewNote"}', '{$ref: "new.yaml#/NewNote"}')
    assert applied.json("apply")["changed"] is True
    assert applied.cli("apply", "--dry-run").code == 0
    other.write_text("NewNote: {type: object, properties: {text: {type: string, maxLength: 8}}}\n")
    assert applied.cli("apply", "--dry-run").code == 3
    other.unlink()
    assert applied.cli("apply").code == 1


@pytest.mark.parametrize("content", [b"", b"garbage", b"[]", b'{"compiler": 1, "apis": {"notes": 1}}'])
def test_a_damaged_memory_costs_time_alone(applied: Operated, content: bytes):
    (applied.data / "compiled.json").write_bytes(content)
    assert applied.cli("apply", "--dry-run").code == 0
    applied.edit_contract("maximum: 50", "maxinum: 50")
    assert applied.cli("apply").code == 1


def test_what_was_remembered_of_another_store_is_compiled_again(applied: Operated):
    for path in applied.data.glob("store.db*"):
        path.unlink()
    assert applied.json("apply")["apis"][0]["changed"] is True
    assert applied.cli("apply", "--dry-run").code == 0


def test_a_subscription_of_the_file_is_held_against_the_contract_of_before(applied: Operated):
    """The contract is not compiled again, and its operations are known all the same."""
    applied.write_config(
        applications=[{"name": "filed", "owner": "file@example.com"}],
        subscriptions=[{"application": "filed", "api": "notes", "operations": ["getNoet"]}],
    )
    done = applied.cli("apply", "--json")
    assert done.code == 1 and "did you mean 'getNote'?" in done.error["hint"], done
