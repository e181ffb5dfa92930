"""What `apply` and `run` remember of earlier compilations is never believed over the files."""

from __future__ import annotations

import os
import shutil

import pytest
from operated import Operated

from firstclass.model.errors import FirstclassError


@pytest.fixture
def applied(site: Operated) -> Operated:
    assert site.apply().changed is False
    assert (site.data / "compiled.json").stat().st_mode & 0o777 == 0o600
    return site


def differs(site: Operated) -> bool:
    return site.apply(dry_run=True).changed


def test_a_file_of_the_same_time_and_size_is_still_another(applied: Operated) -> None:
    before = applied.contract.stat()
    applied.edit_contract("/open:", "/0pen:")
    os.utime(applied.contract, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert applied.contract.stat().st_size == before.st_size
    assert differs(applied)
    assert applied.apply().apis["notes"]["changed"] is True


def test_a_setting_of_the_api_counts_too(applied: Operated) -> None:
    applied.write_config(apis=[{**applied.settings["apis"][0], "mode": "observe"}])
    assert differs(applied)


def test_a_file_that_the_contract_refers_to_counts_too(applied: Operated) -> None:
    other = applied.directory / "new.yaml"
    other.write_text("NewNote: {type: object, properties: {text: {type: string, maxLength: 7}}}\n")
    applied.edit_contract('{$ref: "#/components/schemas/NewNote"}', '{$ref: "new.yaml#/NewNote"}')
    assert applied.apply().changed and not differs(applied)
    other.write_text("NewNote: {type: object, properties: {text: {type: string, maxLength: 8}}}\n")
    assert differs(applied)
    other.unlink()
    with pytest.raises(FirstclassError, match=r"new\.yaml"):
        applied.apply()


@pytest.mark.parametrize("content", [b"", b"garbage", b"[]", b'{"compiler": 1, "apis": {"notes": 1}}'])
def test_a_damaged_memory_costs_time_alone(applied: Operated, content: bytes) -> None:
    (applied.data / "compiled.json").write_bytes(content)
    assert not differs(applied)
    applied.edit_contract("maximum: 50", "maxinum: 50")
    with pytest.raises(FirstclassError, match="maxinum"):
        applied.apply()


def test_what_was_remembered_of_another_store_is_compiled_again(applied: Operated) -> None:
    remembered, written = (applied.data / "compiled.json").read_bytes(), applied.contract.read_text()
    shutil.rmtree(applied.data)
    applied.edit_contract("maximum: 50", "maximum: 40")
    applied.apply()
    applied.contract.write_text(written)
    (applied.data / "compiled.json").write_bytes(remembered)
    assert applied.apply().apis["notes"]["changed"] is True
    assert not differs(applied)


def test_a_subscription_of_the_file_is_held_against_the_contract_of_before(applied: Operated) -> None:
    """The contract is not compiled again, and its operations are known all the same."""
    applied.write_config(
        applications=[{"name": "filed", "owner": "file@example.com"}],
        subscriptions=[{"application": "filed", "api": "notes", "operations": ["getNoet"]}],
    )
    with pytest.raises(FirstclassError) as refused:
        applied.apply()
    assert "did you mean 'getNote'?" in refused.value.hint
