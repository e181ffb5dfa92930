"""Addresses without TLS."""

import pytest


def test_a_plain_address_gets_tls(audit_of):
    found = audit_of({"/a": {"get": {}}}, servers=[{"url": "http://api.shop.example/v1"}])
    after = found.mended("plain_http")
    assert after.compiled.contract["servers"] == [{"url": "https://api.shop.example/v1"}]


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "/v1", "http://localhost:3000", "http://127.0.0.1", "http://10.1.2.3/x", "http://{host}/v1"],
)
def test_other_addresses_are_left_alone(audit_of, url):
    found = audit_of({"/a": {"get": {}}}, servers=[{"url": url, "variables": {"host": {"default": "x"}}}])
    assert found.of("plain_http") == []


def test_the_schemes_of_swagger_are_told(audit_of):
    text = (
        '{"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "host": "old.example",'
        ' "schemes": ["http", "https"],'
        ' "paths": {"/a": {"get": {"operationId": "a", "security": [], "responses": {"200": {"description": ""}}}}}}'
    )
    audit_of(text).mended("plain_http")
