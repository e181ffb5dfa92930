"""What a fix asks for."""

from firstclass.inventory.credentials import Credentials, knows_subject


def test_what_is_declared_is_asked_for(audit_of):
    facts = audit_of({"/a": {"get": {}}}).facts
    assert Credentials(facts).plain() == ({"apiKey": []}, [])
    assert Credentials(facts).personal(facts.operations[0]) == ({"apiKey": [], "people": []}, [])
    assert not knows_subject(facts, facts.operations[0])


def test_what_is_missing_is_declared(audit_of):
    facts = audit_of({"/a": {"get": {"security": []}}}, security=None, components={}).facts
    requirement, declared = Credentials(facts).personal(facts.operations[0])
    assert requirement == {"apiKey": [], "session": []}
    assert [action.target for action in declared] == ["$", "$"]


def test_a_name_that_is_taken_is_not_taken_again(audit_of):
    taken = {"securitySchemes": {"apiKey": {"type": "mutualTLS"}}}
    facts = audit_of({"/a": {"get": {"security": []}}}, security=None, components=taken).facts
    assert Credentials(facts).plain()[0] == {"apiKey2": []}


def test_a_key_that_no_caller_could_send_is_not_asked_for(audit_of):
    odd = {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "Authorization"}}}
    facts = audit_of({"/a": {"get": {"security": []}}}, security=None, components=odd).facts
    assert Credentials(facts).plain()[0] == {"apiKey": []}
