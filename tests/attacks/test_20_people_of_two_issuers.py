"""Threat 20: somebody of one issuer who passes for the person whom another issuer calls the same."""

from __future__ import annotations

import json
import shutil
import time

from gateway import Gateway, Product, bearer, bundle_of, directory, key, plan_of, token
from raw import RawOrigin, ask, reply

from firstclass.compiler import ApiSettings
from firstclass.engine.cases.gateway import EngineUnderTest


def test_two_issuers_people_are_not_one_in_the_evidence(gateway: Gateway) -> None:
    calls = [
        ("/people/7/orders", [key("desk"), bearer(token("people", sub="7"))]),
        ("/people/7/orders", [key("desk"), bearer(token("people", sub="7", jti="2"))]),
        ("/stock", [bearer(token("partner", sub="7"))]),
    ]
    ids = [ask(gateway.port, "GET", target, headers).values("X-Request-Id")[0] for target, headers in calls]
    events = gateway.engine.events(set(ids))
    ana, ana_again, partner = [events[one]["subject_digest"] for one in ids]
    assert ana == ana_again and ana != partner and None not in (ana, partner)


def test_a_scheme_that_names_no_issuer_does_not_go_live_beside_two(product: Product) -> None:
    before = json.loads(product.cli("apply", "--json").stdout)
    assert not before["changed"]
    path = product.directory / "shop.yaml"
    kept = path.with_suffix(".kept")
    shutil.copy(path, kept)
    try:
        text = path.read_text()
        path.write_text(
            text.replace(
                "person: {type: http, scheme: bearer, x-firstclass: {issuer: people}}",
                "person: {type: http, scheme: bearer}",
            )
        )
        for command in ("check", "apply"):
            done = product.cli(command, "--json", expect=1)
            said = done.stdout + done.stderr
            assert "issuer_unnamed" in said and "x-firstclass: {issuer: partner}" in said and "shop.yaml" in said
        # What is live stays: nobody of the partner's is one of our people.
        stranger = ask(
            product.port, "GET", "/people/7/orders", [("X-API-Key", product.keys["desk"]), bearer(token(sub="7"))]
        )
        assert (stranger.status, stranger.reason) == (401, "credential_invalid")
    finally:
        shutil.move(kept, path)


def _with_sign_in(api: str) -> bytes:
    """An API that signs people in by itself; its user 7 is another one than that of its neighbour."""

    def answers(schema: dict[str, object]) -> dict[str, object]:
        return {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}

    signed_in = {
        "type": "object",
        "required": ["token", "user"],
        "properties": {
            "token": {"type": "string"},
            "user": {"type": "object", "properties": {"id": {"type": "string"}}},
        },
    }
    login = {"login": {"token": "/token", "subject": "/user/id"}}
    key_scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": api, "version": "1"},
            "servers": [{"url": f"/{api}"}],
            "paths": {
                "/login": {
                    "post": {
                        "operationId": "signIn",
                        "security": [{"app": []}],
                        "x-firstclass": login,
                        "responses": answers(signed_in),
                    }
                },
                "/me": {
                    "get": {
                        "operationId": "me",
                        "security": [{"app": [], "person": []}],
                        "responses": answers({"type": "object"}),
                    }
                },
            },
            "components": {
                "securitySchemes": {
                    "app": key_scheme,
                    "person": {"type": "http", "scheme": "bearer", "x-firstclass": {"subject": "login"}},
                }
            },
        }
    ).encode()


def test_people_of_two_apis_with_sessions_share_no_limit_of_a_product() -> None:
    origin = RawOrigin()
    origin.answer = lambda request: [
        reply(200, json.dumps({"token": request.target.replace("/", "-"), "user": {"id": "7"}}).encode())
        if request.target.endswith("/login")
        else reply(200, b"{}")
    ]
    bundles = {
        api: bundle_of(ApiSettings(name=api, contract="api.json", upstream=origin.url), _with_sign_in(api))
        for api in ("a", "b")
    }
    changes = [each for each in directory(int(time.time() * 1000), []) if each["type"] != "subscription"]
    changes.append(plan_of(limits=[{"kind": "rate", "by": ["subject"], "count": 3, "period_seconds": 3600}]))
    granted = {"tenant": "main", "operations": ["signIn", "me"], "unmask": [], "until": None}
    changes += [
        {
            "type": "subscription",
            "id": f"sub_{api}",
            "value": {**granted, "application": application, "api": api, "plan": "metered", "product": "both"},
        }
        for api, application in (("a", "desk"), ("b", "other"))
    ]
    with EngineUnderTest() as engine:
        engine.load(bundles, changes)
        people = {}
        for api, application in (("a", "desk"), ("b", "other")):
            assert ask(engine.port, "POST", f"/{api}/login", [key(application)]).status == 200
            people[api] = [key(application), bearer(f"-{api}-login")]
        spent = [ask(engine.port, "GET", "/a/me", people["a"]).status for _ in range(5)]
        assert spent[-1] == 429 and 200 in spent
        assert ask(engine.port, "GET", "/b/me", people["b"]).status == 200, "somebody else has used up what is theirs"
    origin.close()
