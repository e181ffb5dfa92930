"""One engine with one contract for most attacks, and one whole product for those that need it.

Attackers speak through raw sockets; what counts is what the origin saw and what bytes left.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gateway import Gateway, Product, started_gateway, started_product
from raw import RawOrigin

from firstclass.engine.cases.gateway import EngineUnderTest


@pytest.fixture(scope="session")
def whole_gateway() -> Iterator[Gateway]:
    with started_gateway() as gateway:
        yield gateway


@pytest.fixture
def gateway(whole_gateway: Gateway) -> Iterator[Gateway]:
    whole_gateway.origin.says()
    whole_gateway.origin.take()
    yield whole_gateway
    assert whole_gateway.engine.running, whole_gateway.engine.log()[-2000:]


@pytest.fixture(scope="module")
def origin() -> Iterator[RawOrigin]:
    """For an engine whose contract a test brings along."""
    with_says = RawOrigin()
    yield with_says
    with_says.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineUnderTest]:
    with EngineUnderTest() as started:
        yield started


@pytest.fixture(scope="session")
def whole_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with started_product(tmp_path_factory.mktemp("product")) as product:
        yield product


@pytest.fixture
def product(whole_product: Product) -> Iterator[Product]:
    whole_product.origin.says()
    whole_product.origin.take()
    yield whole_product
    assert whole_product.process.poll() is None, whole_product.log.read_text()[-2000:]
