"""Ids are a prefix and a UUIDv7."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from firstclass.base.clock import unix_milliseconds
from firstclass.model.ids import is_id, make_id

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_with_its_time(now: datetime, noise: bytes):
    text = make_id("app", now, noise)
    parsed = uuid.UUID(text.removeprefix("app_"))
    assert parsed.version == 7 and parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == unix_milliseconds(now)
    assert is_id(text, "app") and not is_id(text, "key") and not is_id(text + "0", "app") and not is_id("app_", "app")


def test_ids_sort_by_creation():
    one = make_id("key", datetime(2031, 1, 1, tzinfo=UTC), b"\xff" * 10)
    two = make_id("key", datetime(2031, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), b"\0" * 10)
    assert one < two
