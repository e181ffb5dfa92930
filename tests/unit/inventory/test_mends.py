"""Fixes of errors that need no knowledge of the API."""

from firstclass.inventory.mends import NAMED, WAIVED, find_mends, name_operations

DONE = {"204": {"description": ""}}


def mends(audited):
    return find_mends(audited.compiled.lowered, audited.compiled.errors)


def test_a_pattern_that_cannot_be_held_is_waived(audit_of, make):
    audited = audit_of({"/a": {"get": {"responses": make.answer({"type": "string", "pattern": r"(a)\1"})}}})
    ((action, why),) = mends(audited)
    assert (
        why == WAIVED
        and action.target.endswith(".schema")
        and action.update == {"x-firstclass": {"pattern": "unchecked"}}
    )


def test_the_first_keeps_a_shared_name_and_the_others_get_their_own(audit_of):
    paths = {
        "/a": {"get": {"operationId": "x", "responses": DONE}, "put": {"operationId": "x", "responses": DONE}},
        "/put/a": {"put": {"operationId": "putA", "responses": DONE}},
    }
    audited = audit_of(paths)
    ((action, why),) = mends(audited)
    assert why == NAMED and (action.target, action.update) == ("$.paths['/a'].put", {"operationId": "putA2"})


def test_names_that_are_distinct_are_left_alone(audit_of):
    audited = audit_of({"/a": {"get": {"operationId": "x", "responses": DONE}}})
    assert mends(audited) == [] and name_operations(audited.compiled.lowered) == []
