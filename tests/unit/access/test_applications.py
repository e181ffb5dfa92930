"""Applications: what is refused, and that it says why."""

from __future__ import annotations

import pytest

from firstclass.access import applications
from firstclass.model.applications import Client
from firstclass.model.errors import Exit, FirstclassError
from firstclass.storage import Store


def create(store: Store, name: str = "desk", owner: str = "desk@example.com", **more: object) -> object:
    return applications.create(store, name=name, owner=owner, actor="test", **more)  # type: ignore[arg-type]


def refusal(store: Store, **how: object) -> FirstclassError:
    with pytest.raises(FirstclassError) as caught:
        create(store, **how)
    assert caught.value.hint
    return caught.value


def test_an_application_is_found_by_name_and_by_id(store: Store):
    made = applications.create(store, name="desk", owner="desk@example.com", kind="mobile", actor="test")
    assert applications.get(store, "desk") == made == applications.get(store, made.id)
    assert applications.list_all(store) == [made] and made.enabled and made.kind == "mobile"


@pytest.mark.parametrize("name", ["", " desk", "desk ", "a" * 65, "päck", "a\nb", "a,b", "app_1", "-x", "a:b", "x\x00"])
def test_a_name_that_would_not_fit_a_header_or_looks_like_an_id_is_refused(store: Store, name: str):
    error = refusal(store, name=name)
    assert error.code == "invalid_name" and error.exit_code == Exit.USAGE


@pytest.mark.parametrize("name", ["a", "Reading App 2", "team@example.com", "a_b-c.d+e", "7"])
def test_ordinary_names_are_taken(store: Store, name: str):
    create(store, name=name)


@pytest.mark.parametrize(
    "owner",
    [
        *("", "a", "a@b", "@example.com", "a@", "a@@example.com", "a b@example.com", "a@example.com\n", "a@-x.com"),
        *(
            "a@b..com",
            "a.@example.com",
            "Ana <a@example.com>",
            "a@example.com,b@example.com",
            "x" * 65 + "@example.com",
        ),
    ],
)
def test_an_owner_that_is_no_address_is_refused(store: Store, owner: str):
    error = refusal(store, owner=owner)
    assert error.code == "invalid_owner" and error.exit_code == Exit.USAGE


def test_a_name_is_unique(store: Store):
    create(store)
    assert refusal(store).code == "name_taken"


def test_an_unknown_kind_is_refused(store: Store):
    assert refusal(store, kind="toaster").code == "invalid_kind"


def test_a_client_is_known_by_its_issuer(store: Store):
    create(store, client=Client("partner", "acme-7"))
    with store.read() as reader:
        found = reader.applications.find_by_client("partner", "acme-7")
        assert found is not None and found.name == "desk"
        assert reader.applications.find_by_client("partner", "acme") is None
    assert refusal(store, name="other", client=Client("partner", "acme-7")).code == "client_taken"


def test_an_unknown_issuer_is_refused_with_the_one_meant(store: Store):
    error = refusal(store, client=Client("partnr", "acme-7"))
    assert error.exit_code == Exit.NOT_FOUND and "'partner'" in error.hint


def test_an_issuer_of_people_names_no_applications(store: Store):
    assert refusal(store, client=Client("people", "acme-7")).code == "issuer_without_applications"


@pytest.mark.parametrize("client_id", ["", "x" * 256, "a\x00b"])
def test_a_client_id_of_the_wrong_form_is_refused(store: Store, client_id: str):
    assert refusal(store, client=Client("partner", client_id)).code == "invalid_client"


def test_disabling_twice_is_one_change(store: Store):
    create(store)
    before = store.latest_sequence()
    applications.disable(store, "desk", actor="test")
    assert not applications.disable(store, "desk", actor="test").enabled
    assert store.latest_sequence() == before + 1


def test_what_was_disabled_can_be_let_in_again(store: Store):
    made = create(store)
    applications.disable(store, "desk", actor="test")
    before = store.latest_sequence()
    assert applications.enable(store, made.id, actor="test").enabled
    assert applications.enable(store, "desk", actor="test").enabled
    assert store.latest_sequence() == before + 1, "doing it twice is one change"
    with store.read() as reader:
        assert [line.action for line in reader.audit.lines()][-1] == "application.enable"
    change = [c for c in store.directory_snapshot()[1] if c["type"] == "application"][-1]
    assert change["value"]["enabled"] is True
