"""What observe changes all the same, as it is told. That it happens so is tested among the attacks."""

from firstclass.publish.observed_anyway import Change, all_changes, find_changes, is_observed


def bundle(mode="observe", size=1 << 20, categories=(), schemes=()):
    operations = [{"mode": mode, "max_response_bytes": size}]
    return {"operations": operations, "categories": list(categories), "schemes": list(schemes)}


def said(document):
    return {change.of: change.becomes for change in find_changes(document)}


def test_it_is_told_of_what_is_observed_alone_and_once():
    assert all_changes([bundle("enforce"), None]) == []
    assert all_changes([bundle(), bundle()]) == list(find_changes(bundle()))
    assert is_observed(bundle({"parameters": "observe", "bodies": "enforce"})) and is_observed(bundle(100))


def test_it_is_as_the_contract_says():
    assert "larger than 1 MiB," in said(bundle())["successes of declared JSON"]
    assert "larger than 65,536 bytes," in said(bundle(size=65536))["successes of declared JSON"]
    assert "keep Location" in said(bundle())["undeclared 2XX and 3XX"]
    assert "lose Location" in said(bundle(categories=["identity"]))["undeclared 2XX and 3XX"]
    passing = said(bundle(schemes=[{"kind": "own"}]))["undeclared headers and cookies of requests"]
    assert passing.endswith(", and credentials that pass on") and passing.startswith("not forwarded, but for Accept,")
    assert Change("a", "b").as_json() == {"of": "a", "becomes": "b"}
