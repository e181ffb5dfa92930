"""Plans and products of a configuration against those of the store."""

import pytest

from firstclass.access import applications, subscriptions
from firstclass.base.settings import Settings
from firstclass.model.errors import FirstclassError
from firstclass.model.plans import Plan, parse_limit
from firstclass.publish.plans import limits_of
from firstclass.publish.resources import compare
from firstclass.storage import Store

KNOWN = {"shop": ({"getCard", "listCards"}, {"contact"})}
PLANS = [{"name": "basic", "quota": "20 per hour by application"}, {"name": "gold"}]
READING = {"name": "reading", "api": "shop", "operations": ["getCard"], "plan": "basic"}


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    with store.change("test", "apply") as change:
        payload = '{"operations": [{"id": "getCard"}, {"id": "listCards"}], "categories": ["contact"]}'
        change.put_bundle(api="shop", hash="h", payload=payload, source_map="{}", title="", version="1")
    applications.create(store, name="ios", owner="a@example.com", actor="test")
    yield store
    store.close()


def put(store, **settings):
    with store.change("test", "apply") as change:
        changes = compare(change, Settings.model_validate(settings), KNOWN)
        changes.write(change)
    return bool(changes)


def rows(store, after=0):
    return [(row.type, row.id, row.value) for row in store.directory_changes(after) if row.is_directory]


def test_applying_twice_changes_nothing_the_second_time(store):
    settings = {"plans": PLANS, "products": [READING], "subscriptions": [{"application": "ios", "product": "reading"}]}
    assert put(store, **settings) and not put(store, **settings)
    with store.read() as reader:
        (held,) = reader.subscriptions.all()
        assert (held.api, held.operations, held.product, held.plan) == ("shop", ("getCard",), "reading", "basic")
        assert {change["type"] for change in reader.directory()} == {"application", "plan", "subscription"}


def test_a_plan_reaches_engines_before_the_subscriptions_that_name_it(store):
    before = store.latest_sequence()
    put(store, plans=PLANS, products=[READING], subscriptions=[{"application": "ios", "product": "reading"}])
    assert [type_ for type_, _, _ in rows(store, before)] == ["plan", "plan", "subscription"]
    before = store.latest_sequence()
    put(store)
    assert [(type_, value) for type_, _, value in rows(store, before)] == [
        ("subscription", None), ("plan", None), ("plan", None)
    ]  # fmt: skip


def test_a_changed_quota_is_one_change_of_the_plan(store):
    put(store, plans=PLANS)
    before = store.latest_sequence()
    put(store, plans=[{"name": "basic", "quota": "30 per hour by application"}, {"name": "gold"}])
    ((type_, name, value),) = rows(store, before)
    assert (type_, name, value["limits"][0]["count"]) == ("plan", "basic", 30)


def test_subscriptions_to_a_product_follow_it_whoever_made_them(store):
    put(store, plans=PLANS, products=[READING])
    made = subscriptions.create(store, application="ios", product="reading", actor="test")
    own = subscriptions.create(store, application="ios", product="reading", plan="gold", actor="test")
    put(store, plans=PLANS, products=[READING | {"operations": ["getCard", "listCards"], "plan": "gold"}])
    put(store, plans=PLANS, products=[READING | {"operations": ["listCards"]}])
    with store.read() as reader:
        assert reader.subscriptions.get(made.id).operations == ("listCards",)
        assert [reader.subscriptions.get(each.id).plan for each in (made, own)] == ["basic", "gold"]


@pytest.mark.parametrize("noun", ["plan", "product"])
def test_what_a_person_uses_cannot_go_and_the_error_names_who(store, noun):
    put(store, plans=PLANS, products=[READING])
    words = {"product": "reading"} if noun == "product" else {"api": "shop", "operations": ["getCard"], "plan": "basic"}
    made = subscriptions.create(store, application="ios", actor="test", **words)
    with pytest.raises(FirstclassError) as wrong:
        put(store, plans=PLANS[1:] if noun == "plan" else PLANS)
    assert wrong.value.code == f"{noun}_in_use" and made.id in wrong.value.message
    subscriptions.revoke(store, made.id, actor="test")
    assert put(store)


def test_operations_that_no_api_has_are_named_with_their_place(store):
    with pytest.raises(FirstclassError) as wrong:
        put(store, plans=PLANS, products=[READING | {"operations": ["getCards"]}])
    assert (wrong.value.where.pointer, wrong.value.hint) == ("/products/0/operations/0", "did you mean 'getCard'?")
    with pytest.raises(FirstclassError) as wrong:
        put(store, plans=[{"name": "basic", "operations": {"getCrd": {"concurrency": 1}}}])
    assert wrong.value.where.pointer == "/plans/0/operations/getCrd"


def test_limits_have_their_place_in_the_order_of_the_directory():
    plan = Settings.model_validate(
        {
            "plans": [
                {
                    "name": "a",
                    "concurrency": 1,
                    "quota": ["1 per day by subject"],
                    "operations": {"x": {"concurrency": 2}},
                }
            ]
        }
    ).plans[0]
    assert [pointer for pointer, _ in limits_of(plan)] == ["/quota/0", "/concurrency/0", "/operations/x/concurrency/0"]


def test_an_imported_plan_stays_while_a_subscription_names_it(store):
    plan = Plan("imported-9-per-day", (parse_limit("quota", "9 per day by application"),))
    with store.change("test", "import.kong") as change:
        change.put_plan(plan)
    kept = subscriptions.create(
        store, application="ios", api="shop", operations=["getCard"], plan=plan.name, actor="test"
    )
    assert not put(store)
    with store.read() as reader:
        assert reader.plans.find(plan.name) == plan
    changed = {"name": plan.name, "quota": "20 per day by application"}
    assert put(store, plans=[changed])
    subscriptions.revoke(store, kept.id, actor="test")
    assert put(store)
    with store.read() as reader:
        assert reader.plans.find(plan.name) is None
