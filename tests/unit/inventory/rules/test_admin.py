"""Operations for administrators."""

import pytest

ORDINARY = {f"/things{i}": {"get": {}} for i in range(4)}


@pytest.mark.parametrize("path", ["/admin/users", "/debug", "/v1/actuator/env", "/internal/reindex", "/debug-info"])
def test_an_admin_operation_is_taken_out(audit_of, path):
    found = audit_of({**{k: {"get": {}} for k in ORDINARY}, path: {"post": {}, "get": {}}})
    assert len(found.of("admin_reachable")) == 2
    after = found.mended("admin_reachable").compiled
    assert after.errors == () and len(after.document["operations"]) == 4


def test_who_asks_for_a_scope_is_left_alone(audit_of):
    flows = {"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {"admin": ""}}}
    schemes = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}}
    paths = {**{k: {"get": {}} for k in ORDINARY}, "/admin": {"get": {"security": [{"oauth": ["admin"]}]}}}
    found = audit_of(paths, components=schemes, security=[{"oauth": []}])
    assert found.compiled.errors == () and found.of("admin_reachable") == []


def test_an_api_for_administrators_is_not_told_of_each(audit_of):
    assert audit_of({"/admin/a": {"get": {}}, "/admin/b": {"get": {}}}).of("admin_reachable") == []


def test_names_that_hold_the_word_are_left_alone(audit_of):
    paths = {**{k: {"get": {}} for k in ORDINARY}, "/administrative-areas": {"get": {}}, "/{admin}": {}}
    assert audit_of(paths).of("admin_reachable") == []
