"""What `enforce` prints."""

from firstclass.base.modes import RULE_CLASSES, WHOLE
from firstclass.cli.enforce import Asked, in_words, outcome
from firstclass.publish.modes import ApiModes, OperationModes
from firstclass.publish.readiness import Evidence
from firstclass.storage.counts import PlaceCount


def modes(*, strict: bool = True, **shares: int) -> ApiModes:
    declared = dict.fromkeys(RULE_CLASSES, WHOLE) | shares
    return ApiModes("shop", "c1", "", (OperationModes("putA", "PUT", "/a", strict, declared, {}),))


def asked(*, is_asked: bool = True, share: int = WHOLE) -> Asked:
    return Asked(list(RULE_CLASSES), share, 100, is_asked=is_asked)


PLACE = PlaceCount("putA", "allow", "bodies", "body", "/shoe", "undeclared", 3, 2, "", "")


def test_what_moved_as_a_whole_is_moved_and_the_rest_is_held_back():
    evidence = {"putA": Evidence(calls=200, would_refuse=3, by_class={"bodies": 3}, places=(PLACE,))}
    assert outcome(modes(), evidence, {"putA": ["bodies"]}, asked())["moved"] == ["putA"]
    told = outcome(modes(bodies=0), evidence, {"putA": ["parameters"]}, asked())
    assert told["moved"] == [] and told["partly"] == [{"operation": "putA", "classes": ["parameters"]}]
    held = told["held_back"][0]
    assert (held["operation"], held["would_refuse"], held["of"], held["why"]) == ("putA", 3, 200, "would_refuse")
    lines = list(in_words(told, {"putA": "PUT /a"}))
    assert lines[0] == "putA (PUT /a): moved: parameters"
    assert lines[-1] == "  body /shoe: undeclared, 3 calls from 2 applications"


def test_without_being_asked_it_only_says_what_is_ready():
    told = outcome(modes(bodies=0), {"putA": Evidence(calls=200)}, {"putA": ["bodies"]}, asked(is_asked=False))
    assert told["moved"] == [] and told["held_back"] == []
    assert told["ready"] == [{"operation": "putA", "classes": ["bodies"]}]


def test_answers_that_are_only_recorded_hold_nothing_back():
    told = outcome(modes(strict=False, conformance=0), {"putA": Evidence()}, {}, asked())
    assert told["held_back"] == []
    assert list(in_words(told, {})) == ["everything is enforced"]


def test_a_share_is_moved_as_a_share():
    told = outcome(modes(bodies=100), {"putA": Evidence()}, {"putA": ["bodies"]}, asked(share=100))
    assert told["moved"] == ["putA"] and told["held_back"] == []
