"""`reveals`: which values of a parameter tell of hidden fields."""

import pytest

PHONE = {"type": "string", "x-data-classification": {"category": "contact", "masking": {"strategy": "full"}}}
CARD = {"type": "string", "x-data-classification": {"category": "financial", "masking": {"strategy": "remove"}}}
SORT = {"enum": ["name", "phone", "-phone"]}


def _contract(make, reveals, schema=None, level=None):
    person = {"type": "object", "properties": {"phone": PHONE, "card": CARD}}
    parameter = {"name": "sort", "in": "query", "schema": schema or SORT, "x-firstclass": {"reveals": reveals}}
    operation = {"responses": {"200": {"description": "", "content": {"application/json": {"schema": person}}}}}
    if level == "operation":
        return make.operation(**operation, **{"x-firstclass": {"reveals": reveals}})
    return make.operation(**operation, parameters=[parameter])


def _revealed(sound, contract):
    document = sound(contract)
    assert "reveals" in document["requires"]
    (parameter,) = document["operations"][0]["parameters"]
    names = document["categories"]
    return [(found["value"], {names[index] for index in found["categories"]}) for found in parameter["reveals"]]


def test_a_category_or_a_list_counts_for_every_value(sound, make):
    assert _revealed(sound, _contract(make, "contact", {"type": "string"})) == [(None, {"contact"})]
    assert _revealed(sound, _contract(make, ["contact", "financial"])) == [(None, {"contact", "financial"})]


def test_each_value_of_an_enum_may_reveal_its_own(sound, make):
    reveals = {"phone": "contact", "-phone": ["contact", "financial"]}
    expected = [("phone", {"contact"}), ("-phone", {"contact", "financial"})]
    assert _revealed(sound, _contract(make, reveals)) == expected
    assert _revealed(sound, _contract(make, reveals, {"type": "array", "items": SORT})) == expected
    closed = {"anyOf": [{"enum": ["name"]}, {"enum": ["phone"]}, {"const": "-phone"}]}
    assert _revealed(sound, _contract(make, reveals, closed)) == expected


@pytest.mark.parametrize(
    ("reveals", "schema"),
    [
        ({"phone": "contact"}, {"type": "string"}),
        ({"phone": "contact"}, {"anyOf": [{"enum": ["phone"]}, {"type": "string"}]}),
        ({"fone": "contact"}, SORT),
        ("contcat", SORT),
        (["contact", "other"], SORT),
        ({"phone": "contcat", "-phone": "contact"}, SORT),
        ([], SORT),
        (5, SORT),
        ([{"category": "contact"}], SORT),
    ],
)
def test_what_could_never_refuse_rightly_is_an_error(codes, make, reveals, schema):
    assert set(codes(_contract(make, reveals, schema))) == {"reveals_invalid"}


def test_a_misspelt_category_and_a_misspelt_value_have_a_hint(compiled, make):
    (error,) = compiled(_contract(make, "contcat")).errors
    assert error.hint == "did you mean 'contact'?"
    (error,) = compiled(_contract(make, {"fone": "contact"})).errors
    assert error.hint == "did you mean 'phone'?"


def test_another_order_of_the_same_field_is_told(compiled, make):
    for schema in (SORT, {"enum": ["phone", "phone:desc"]}, {"enum": ["phone", "phone_ASC"]}):
        result = compiled(_contract(make, {"phone": "contact"}, schema))
        assert [w.code for w in result.warnings if w.code.startswith("reveals")] == ["reveals_incomplete"], schema
    result = compiled(_contract(make, {"phone": "contact"}, {"enum": ["phone", "name"]}))
    assert [w.code for w in result.warnings if w.code.startswith("reveals")] == []


def test_it_belongs_on_a_parameter(codes, make):
    assert codes(_contract(make, "contact", level="operation")) == ["misplaced_keyword"]
