"""Mistakes in plans, products and subscriptions are told with their line and a hint."""

import pytest

from firstclass.app.settings import load_settings
from firstclass.model.errors import FirstclassError

SOUND = """\
version: 1
apis: [{name: shop, contract: shop.yaml, upstream: "http://127.0.0.1:3000"}]
plans:
  - name: basic
    rate: 50 per second by application
    quota: [1000 per day by application, 100 per hour by subject]
    concurrency: 10
    operations:
      search: {rate: 5 per second by application}
products:
  - name: reading
    api: shop
    operations: [getCard]
    plan: basic
subscriptions:
  - {application: ios, product: reading}
"""


@pytest.fixture
def load(tmp_path):
    def act(text):
        (tmp_path / "firstclass.yaml").write_text(text)
        return load_settings(tmp_path / "firstclass.yaml", environment={}).settings

    return act


def test_sound_plans_are_read(load):
    settings = load(SOUND)
    assert settings.plans[0].operations["search"].rate == ("5 per second by application",)
    assert settings.products[0].plan == "basic"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "hint"),
    [
        ("50 per second", "50 per secnd", "invalid_limit", 5, "did you mean 'second'?"),
        ("[1000 per day by", "[1000 per day buy", "invalid_limit", 6, "by application"),
        ("100 per hour by subject", "100 per minute by subject", "invalid_limit", 6, "write rate: 100 per minute"),
        ("100 per hour by subject", "5 per day by application", "limit_repeated", 6, "the lower"),
        ("concurrency: 10", "concurrency: 0", "invalid_limit", 7, "N per second"),
        ("{rate: 5 per second", "{rate: 5 a second", "invalid_limit", 9, "by application"),
        ("{rate: 5", "{rat: 5", "config_invalid", 9, "did you mean 'rate'?"),
        ("concurrency: 10", "concurency: 10", "config_invalid", 7, "did you mean 'concurrency'?"),
        ("api: shop", "api: shp", "unknown_name", 12, "did you mean 'shop'?"),
        ("plan: basic", "plan: basik", "unknown_name", 14, "did you mean 'basic'?"),
        ("product: reading", "product: readin", "unknown_name", 16, "did you mean 'reading'?"),
        ("product: reading", "product: reading, api: other", "product_of_other_api", 16, "leave api: away"),
        ("product: reading", "product: reading, plan: gold", "unknown_name", 16, "basic"),
        ("product: reading", "product: reading, operations: [a]", "config_invalid", 16, "reference"),
    ],
)
def test_a_mistake_has_its_line_and_a_hint(load, old, new, code, line, hint):
    assert old in SOUND
    with pytest.raises(FirstclassError) as wrong:
        load(SOUND.replace(old, new))
    error = wrong.value
    assert (error.code, error.where.line) == (code, line), error.message
    assert hint in error.hint
