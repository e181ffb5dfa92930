"""What `enforce` prints."""

from dataclasses import replace

from inline_snapshot import snapshot

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
    assert list(in_words(told, {"putA": "PUT /a"}, asked())) == snapshot(
        [
            "putA (PUT /a): moved: parameters",
            "putA (PUT /a): bodies observe",
            "  why: 3 of 200 calls would have been refused",
            "  body /shoe: undeclared, 3 calls from 2 applications",
            "of 200 calls of these operations within 7 days, 3 would have been refused",
            "this wins over mode: in firstclass.yaml and in the contract; firstclass observe sets it back",
        ]
    )


def test_what_is_left_out_is_told_of_what_is_enforced_as_well():
    left = PlaceCount("putA", "", "conformance", "body", "/nickname", "left_out", 3, 2, "", "")
    told = outcome(modes(), {"putA": Evidence(calls=200, left_out=(left,))}, {}, asked())
    place = {"operation": "putA", "class": "conformance", "in": "body", "pointer": "/nickname"}
    assert told["left_out"] == [{**place, "calls": 3, "applications": 2}] and told["held_back"] == []
    assert list(in_words(told, {"putA": "PUT /a"}, asked())) == snapshot(
        [
            "everything: enforced already",
            "putA (PUT /a): left out of answers because the contract does not declare it:",
            "  /nickname (3 times)",
        ]
    )


def test_answers_that_no_mode_lets_through_are_told_and_hold_back():
    place = PlaceCount("putA", "", "answers", "media_type", "text/html", "media_type", 3, 2, "", "")
    evidence = {"putA": Evidence(calls=200, refused=3, answers=3, refused_answers=(place,))}
    told = outcome(modes(strict=False, conformance=0), evidence, {}, asked())
    assert [item["why"] for item in told["held_back"]] == ["refused"], "lenient answers, too"
    assert told["refused_answers"][0]["name"] == "text/html"
    assert outcome(modes(), evidence, {}, asked())["held_back"] == [], "what is enforced is told all the same"
    assert list(in_words(told, {"putA": "PUT /a"}, asked())) == snapshot(
        [
            "putA (PUT /a): conformance observe",
            "  why: 3 of 200 calls were refused: their answers are not as the contract declares them, in every mode",
            "putA (PUT /a): answers that are a 502 in every mode:",
            "  its media type text/html is not declared (3 times): declare it under content of the"
            " response (what is no JSON leaves unread), or correct the API",
        ]
    )


def test_without_being_asked_it_only_says_what_is_ready():
    told = outcome(modes(bodies=0), {"putA": Evidence(calls=200)}, {"putA": ["bodies"]}, asked(is_asked=False))
    assert told["moved"] == [] and told["held_back"] == []
    assert told["ready"] == [{"operation": "putA", "classes": ["bodies"]}]


def test_answers_that_are_only_recorded_hold_nothing_back():
    told = outcome(modes(strict=False, conformance=0), {"putA": Evidence()}, {}, asked())
    assert told["held_back"] == []
    assert list(in_words(told, {}, asked())) == ["everything: enforced already"]
    assert list(in_words(told, {}, replace(asked(), operations=("putA",)))) == ["putA: enforced already"]


def test_a_person_reads_what_lacks_and_what_speaks_against_it():
    seen = Evidence(5, 3, 1, {"bodies": 4}, (replace(PLACE, calls=4, refused=1),))
    told = outcome(modes(bodies=100), {"putA": seen}, {}, asked(is_asked=False))
    assert list(in_words(told, {"putA": "PUT /a"}, asked())) == snapshot(
        [
            "putA (PUT /a): bodies 1%",
            "  why: 3 of 5 calls would have been refused; 1 of 5 calls was refused; 5 calls within 7 days, and 100 are "
            "asked for (--calls, --days)",
            "  body /shoe: undeclared, 4 calls from 2 applications, 1 of them refused",
        ]
    )


def test_of_named_operations_only_these_are_held_back():
    both = ApiModes("shop", "c1", "", (*modes(bodies=0).operations, replace(modes(bodies=0).operations[0], id="putB")))
    seen = {"putA": Evidence(), "putB": Evidence()}
    held = outcome(both, seen, {}, replace(asked(share=100), operations=("putB",)))["held_back"]
    assert [item["operation"] for item in held] == ["putB"]


def test_a_share_is_moved_as_a_share():
    told = outcome(modes(bodies=100), {"putA": Evidence()}, {"putA": ["bodies"]}, asked(share=100))
    assert told["moved"] == ["putA"] and told["held_back"] == []
