"""What counts as a contract, and what is checked."""

from pathlib import Path

import pytest

from firstclass.app.checking import check_path, is_contract
from firstclass.model.errors import FirstclassError

CONTRACT = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n"
CONFIG = "version: 1\napis:\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONTRACT, True),
        ("# a comment\n\nopenapi: 3.1.0\n", True),
        ('{\n  "swagger": "2.0", "paths": {}}', True),
        ("info: {title: A}\npaths: {}\n", True),
        ("version: 1\napis: [{name: a, contract: openapi.yaml, upstream: 'http://h'}]\n", False),
        ("- openapi\n", False),
        ("openapi: [", True),
    ],
)
def test_what_calls_itself_a_contract(tmp_path, text, expected):
    path = tmp_path / "some.yaml"
    path.write_text(text)
    assert is_contract(path) is expected


def test_what_is_not_there_is_no_contract(tmp_path):
    assert not is_contract(tmp_path / "nothing.yaml")
    broken = tmp_path / "firstclass.yaml"
    broken.write_text("version: [")
    assert not is_contract(broken)


@pytest.mark.parametrize("name", ["nosuch.json", "nosuch.yaml", "nosuch.YML"])
def test_a_contract_that_is_not_there_is_called_one(tmp_path, name):
    with pytest.raises(FirstclassError) as caught:
        check_path(tmp_path / name)
    assert caught.value.code == "contract_missing" and name in str(caught.value.args[0])
    with pytest.raises(FirstclassError) as caught:
        check_path(tmp_path / name, is_config=True)
    assert caught.value.code != "contract_missing"


def test_a_configuration_that_is_not_there_is_called_one(tmp_path):
    with pytest.raises(FirstclassError) as caught:
        check_path(tmp_path / "firstclass.yaml")
    assert caught.value.code != "contract_missing"


def write(directory: Path, *names: str) -> Path:
    """A configuration of some APIs; the second is weak."""
    weak = "  /a: {get: {operationId: a, security: [], responses: {'204': {description: ''}}}}\n"
    (directory / "sound.yaml").write_text("openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n")
    (directory / "weak.yaml").write_text("openapi: 3.1.0\ninfo: {title: B, version: '1'}\npaths:\n" + weak)
    entries = [
        f"  - {{name: {n}, contract: {n}.yaml, upstream: 'http://127.0.0.1:9', base_path: /{n}}}\n" for n in names
    ]
    path = directory / "firstclass.yaml"
    path.write_text(CONFIG + "".join(entries))
    return path


def test_every_api_is_checked_and_the_worst_grade_counts(tmp_path):
    checked = check_path(write(tmp_path, "sound", "weak"))
    assert [api.result.entry.name for api in checked.apis] == ["sound", "weak"]
    assert checked.grade == "F" and [harm.code for harm in checked.harms] == ["no_credential"]
    assert checked.config is not None and checked.directory == tmp_path


def test_a_contract_alone_needs_no_configuration(tmp_path):
    write(tmp_path, "weak")
    checked = check_path(tmp_path / "weak.yaml")
    assert checked.config is None and len(checked.harms) == 1 and checked.errors == []


def test_plain_text_is_spoken_of_as_a_contract(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello, world\n")
    (error,) = check_path(path).errors
    assert "a contract must be an object" in error.message and "openapi: 3.1.0" in error.hint


def test_an_empty_contract_is_told_what_belongs_there(tmp_path):
    path = tmp_path / "openapi.yaml"
    path.write_text("\n")
    (error,) = check_path(path).errors
    assert "is empty" in error.message and "openapi: 3.1.0" in error.hint


def test_no_api_is_an_error(tmp_path):
    path = tmp_path / "firstclass.yaml"
    path.write_text("version: 1\n")
    with pytest.raises(FirstclassError) as caught:
        check_path(path)
    assert caught.value.code == "no_apis"


def test_a_scheme_without_an_issuer_is_a_warning_of_the_configuration_alone(tmp_path):
    path = write(tmp_path, "sound")
    scheme = "components: {securitySchemes: {who: {type: http, scheme: bearer}}}\n"
    failed = "{description: '', content: {text/plain: {schema: {maxLength: 9}}}}"
    get = f"{{operationId: a, security: [{{who: []}}], responses: {{'204': {{description: ''}}, default: {failed}}}}}"
    contract = f"openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\npaths:\n  /a: {{get: {get}}}\n{scheme}"
    (tmp_path / "sound.yaml").write_text(contract)
    (warning,) = check_path(path).warnings
    assert (warning.code, warning.file, warning.line) == ("nobody_can_sign_in", "sound.yaml", 5)
    assert check_path(tmp_path / "sound.yaml").warnings == []


def test_an_overlay_that_cannot_be_read_is_the_one_error(tmp_path):
    open_ = "paths:\n  /a: {get: {operationId: a, responses: {'204': {description: ''}}}}\n"
    (tmp_path / "a.yaml").write_text("openapi: 3.1.0\ninfo: {title: A, version: '1'}\n" + open_)
    closing = "{security: [{key: []}], components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}}"
    head = "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nactions:\n"
    (tmp_path / "policy.yaml").write_text(f"{head}  - target: $\n    target: $\n    update: {closing}\n")
    (tmp_path / "more.yaml").write_text(head + "  - {target: $.nothing, remove: true}\n")
    config = tmp_path / "firstclass.yaml"
    config.write_text(
        CONFIG + "  - {name: a, contract: a.yaml, overlays: [policy.yaml, more.yaml], upstream: 'http://h'}\n"
    )
    checked = check_path(config)
    assert [(error.file, error.line) for error in checked.errors] == [("policy.yaml", 5)]
    assert checked.harms == [] and checked.apis[0].audit.reach is None and checked.grade == "F"
