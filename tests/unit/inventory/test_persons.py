"""Parameters that name a person by what others know."""

import pytest

from firstclass.inventory.persons import Person, named_person

TEXT = {"type": "string", "maxLength": 30}


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("/users/{user}", Person("user", "sub", is_own=True)),
        ("/users/by/{email}", Person("user", "email", is_own=True)),
        ("/members/by-email/{value}", Person("member", "email", is_own=True)),
        ("/contacts/{email}", Person("contact", "email", is_own=False)),
        ("/newsletters/{email}", Person("person", "email", is_own=False)),
        ("/users/{id}/by/{username}", None),
        ("/users/{userId}", None),
        ("/currencies/{code}", None),
    ],
)
def test_whom_a_parameter_names(audit_of, path, person):
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    facts = audit_of({path: {"parameters": parameters, "get": {}}}).facts
    assert named_person(facts.parameters[-1]) == person
