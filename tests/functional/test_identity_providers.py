"""Tokens in the shapes that five providers document, signed with keys of our own, through a real gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from operated import Operated, Origin, wait_until

from firstclass.engine.cases.minting import Signer, TokenWish, mint_token

GUID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
ISSUERS = {
    "auth0": ("https://my-domain.auth0.com/", "https://example.com/health-api"),
    "entra": (f"https://login.microsoftonline.com/{GUID}/v2.0", "00001111-aaaa-2222-bbbb-3333cccc4444"),
    "entra-v1": (f"https://sts.windows.net/{GUID}/", ["api://health", "00001111-aaaa-2222-bbbb-3333cccc4444"]),
    "cognito": ("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_ABC123", None),
    "cognito-named": ("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_NAMED", ["app-1", "app-2"]),
    "keycloak": ("https://sso.example.com/realms/health", "account"),
    "okta": ("https://health.okta.com/oauth2/default", "api://default"),
}
CLIENT = "app-1"
# Header and claims as the providers document them, beside iss, iat and exp (null: left out): access tokens, and what
# the same providers issue beside them or for somebody else.
SHAPES = json.loads((Path(__file__).parent / "provider_tokens.json").read_text())
ACCESS, OTHERS = (
    {name: (shape["issuer"], shape["header"], shape["claims"]) for name, shape in SHAPES[kind].items()}
    for kind in ("access", "others")
)
SCHEMES = {name: {"type": "http", "scheme": "bearer", "x-firstclass": {"issuer": name}} for name in ISSUERS}
CONTRACT = f"""
openapi: 3.1.0
info: {{title: Health, version: 1.0.0}}
servers: [{{url: "https://api.example/v1"}}]
security: {json.dumps([{name: ["read"]} for name in ISSUERS])}
paths:
  /notes/{{id}}:
    get:
      operationId: getNote
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      responses:
        "200":
          description: ok
          content: {{application/json: {{schema: {{type: object, properties: {{id: {{type: integer}}}}}}}}}}
components: {json.dumps({"securitySchemes": SCHEMES})}
"""


def signer(issuer: str) -> Signer:
    return Signer(f"provider {issuer}")


def token(issuer: str, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed with RS256, as all five do."""
    wish = TokenWish(issuer, claims, header, "RS256", signer=signer(issuer).name)
    return mint_token(wish, {"issuer": ISSUERS[issuer][0], "audience": None}, int(time.time()))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    with Origin() as origin:
        site = Operated(tmp_path_factory.mktemp("providers"), origin)
        site.contract.write_text(CONTRACT)
        issuers = []
        for name, (issuer, audience) in ISSUERS.items():
            origin.answers[f"/{name}.jwks"] = (200, json.dumps({"keys": signer(name).public_keys(["RS256"])}).encode())
            entry = {
                "name": name,
                "preset": name.split("-")[0],
                "issuer": issuer,
                "jwks_uri": f"{origin.url}/{name}.jwks",
            }
            issuers.append(entry | ({} if audience is None else {"audience": audience}))
        registered = [
            {"name": f"app-{name}", "owner": "a@example.com", "client_id": CLIENT, "issuer": name} for name in ISSUERS
        ]
        granted = [{"application": f"app-{name}", "api": "notes", "operations": ["getNote"]} for name in ISSUERS]
        site.write_config(issuers=issuers, applications=registered, subscriptions=granted)
        site.apply()
        site.start()
        for name, shape in ACCESS.items():
            bearer = {"Authorization": f"Bearer {token(*shape)}"}
            wait_until(name, lambda bearer=bearer: site.call("GET", "/v1/notes/7", **bearer).status == 200)
        yield site
        site.kill()


@pytest.mark.parametrize("name", ACCESS)
def test_an_access_token_of_a_provider_is_believed(house: Operated, name: str) -> None:
    answer = house.call("GET", "/v1/notes/7", Authorization=f"Bearer {token(*ACCESS[name])}")
    assert answer.status == 200, answer


@pytest.mark.parametrize("name", OTHERS)
def test_its_other_tokens_are_not(house: Operated, name: str) -> None:
    answer = house.call("GET", "/v1/notes/7", Authorization=f"Bearer {token(*OTHERS[name])}")
    assert (answer.status, answer.reason) == (401, "credential_invalid")


def test_a_scope_is_read_where_each_provider_has_it(house: Operated) -> None:
    for name, (issuer, header, claims) in ACCESS.items():
        less = {k: v for k, v in claims.items() if k not in ("scope", "scp")}
        less |= {"scp": "other"} if issuer.startswith("entra") else {}
        answer = house.call("GET", "/v1/notes/7", Authorization=f"Bearer {token(issuer, header, less)}")
        assert (answer.status, answer.reason) == (403, "scope_missing"), name


def test_an_application_that_nobody_registered_is_refused_and_listed(house: Operated) -> None:
    issuer, header, claims = ACCESS["okta"]
    for _ in range(3):
        text = token(issuer, header, {**claims, "cid": "stranger-1"})
        answer = house.call("GET", "/v1/notes/7", Authorization=f"Bearer {text}")
        assert (answer.status, answer.reason) == (403, "not_subscribed")
    house.call(
        "GET", "/v1/notes/7", Authorization="Bearer " + token(issuer, header, {**claims, "cid": "x", "aud": "y"})
    )
    found = wait_until(
        "the list",
        lambda: (
            (items := house.json("applications", "list", "--unregistered")["items"])
            and items[0]["calls"] == 3
            and items
        ),
    )
    assert [(item["issuer"], item["client_id"]) for item in found] == [("okta", "stranger-1")]
    assert found[0]["first_seen_at"] <= found[0]["last_seen_at"]
    house.said("name an application that nobody registered: stranger-1")
    house.json(
        "applications", "create", "known", "--owner", "b@example.com", "--client-id", "stranger-1", "--issuer", "okta"
    )
    assert house.json("applications", "list", "--unregistered")["items"] == []


def test_without_an_audience_a_key_beside_the_token_does_not_make_it_ours(house: Operated) -> None:
    issuer, header, claims = ACCESS["cognito without an audience"]
    answer = house.call(
        "GET", "/v1/notes/7", Authorization="Bearer " + token(issuer, header, {**claims, "client_id": "zzz"})
    )
    assert (answer.status, answer.reason) == (403, "not_subscribed")
