"""The whole audit."""

from firstclass.inventory import CODES, audit


def test_the_gravest_come_first(audit_of, make):
    paths = {"/a": {"post": {"security": [], "requestBody": make.takes({"type": "string"})}}}
    weights = [CODES[harm.code].weight for harm in audit_of(paths).audit.harms]
    assert weights == ["grave", "slight"]


def test_a_contract_with_errors_is_audited_as_far_as_it_can_be_read(audit_of, make):
    broken = {"get": {"security": [], "parameters": [{"name": "x", "in": "nowhere"}]}}
    found = audit_of({"/a": broken, "/b": {"get": {"security": []}}})
    assert found.compiled.errors and len(found.of("no_credential")) == 2 and found.audit.grade == "F"


def test_what_cannot_be_read_has_no_reach(audit_of):
    found = audit_of('{"openapi": ')
    assert found.audit.reach is None and found.audit.grade == "F" and found.audit.harms == ()


def test_the_same_contract_has_the_same_harms(audit_of, make):
    whole = make.contract({"/users/{userId}": {"get": {"security": []}}})
    assert audit(audit_of(whole).compiled) == audit(audit_of(whole).compiled)
