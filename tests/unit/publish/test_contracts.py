"""A contract that an engine would refuse is refused when it is checked, with its place."""

from firstclass.base.settings import ApiEntry
from firstclass.publish.contracts import compile_all, compile_entry

CONTRACT = """openapi: 3.1.0
info: {title: Odd, version: 1.0.0}
paths:
  /a:
    get:
      operationId: getA
      security: []
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {$ref: "#/components/schemas/A"}
components:
  schemas:
    A: %s
"""


def compiled(tmp_path, schema):
    (tmp_path / "a.yaml").write_text(CONTRACT % schema)
    return compile_entry(ApiEntry(name="a", contract="a.yaml", upstream="http://127.0.0.1:1"), tmp_path)


def test_a_sound_contract_has_a_payload_and_a_hash(tmp_path):
    result = compiled(tmp_path, "{type: object, properties: {id: {type: integer}}}")
    assert result.errors == () and result.payload is not None and len(result.hash or "") == 64


def test_a_schema_that_applies_itself_to_the_same_value_is_an_error_with_a_place(tmp_path):
    result = compiled(tmp_path, '{anyOf: [{type: string}, {$ref: "#/components/schemas/A"}]}')
    assert result.payload is None and len(result.errors) == 1
    error = result.errors[0]
    assert error.hint and error.file == "a.yaml" and error.line > 1


def test_a_bound_that_no_engine_holds_is_an_error(tmp_path):
    result = compiled(tmp_path, "{type: number, multipleOf: 1.23456789012345678901234567890123456789}")
    assert result.payload is None and result.errors[0].hint


def test_two_apis_on_one_base_path_are_refused(tmp_path):
    import pytest

    from firstclass.model.errors import FirstclassError

    (tmp_path / "a.yaml").write_text(CONTRACT % "{type: string}")
    entries = tuple(ApiEntry(name=n, contract="a.yaml", upstream="http://127.0.0.1:1") for n in ("a", "b"))
    with pytest.raises(FirstclassError) as caught:
        compile_all(entries, tmp_path)
    assert "'a'" in caught.value.message and "'b'" in caught.value.message


def test_a_link_out_of_the_contracts_directory_is_refused_as_other_ways_out_are(tmp_path):
    home = tmp_path / "home"
    (home / "parts").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("A: {type: string, description: SECRET}\n")
    (home / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (home / "folder").symlink_to(tmp_path)
    for reference in ("link.yaml", "folder/outside.yaml"):
        result = compiled(home, f"{{$ref: '{reference}#/A'}}")
        assert [error.code for error in result.errors] == ["reference_outside"] and "SECRET" not in str(result.errors)
        assert result.errors[0].line > 1


def test_a_link_within_it_and_a_contract_that_is_a_link_are_read(tmp_path):
    """As a mounted ConfigMap has them."""
    data = tmp_path / "..2026"
    data.mkdir()
    (data / "parts.yaml").write_text("A: {type: string}\n")
    (data / "a.yaml").write_text(CONTRACT % "{$ref: 'parts.yaml#/A'}")
    for name in ("a.yaml", "parts.yaml"):
        (tmp_path / name).symlink_to(data / name)
    entry = ApiEntry(name="a", contract="a.yaml", upstream="http://127.0.0.1:1")
    assert compile_entry(entry, tmp_path).errors == ()


def test_a_contract_that_never_ends_is_an_error(tmp_path):
    (tmp_path / "a.yaml").symlink_to("/dev/zero")
    entry = ApiEntry(name="a", contract="a.yaml", upstream="http://127.0.0.1:1")
    assert [error.code for error in compile_entry(entry, tmp_path).errors] == ["unreadable_file"]
