"""Threat 20: somebody of one issuer who passes for the person whom another issuer calls the same."""

from __future__ import annotations

import json
import shutil

from gateway import Gateway, Product, bearer, key, token
from raw import ask


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
