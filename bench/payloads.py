"""What travels in every run: objects of ten fields, answers and bodies made of them, and twelve request headers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

BASE = "/bench"
_CITIES = ("Berlin", "Graz", "Lisbon", "Oslo", "Porto", "Vienna", "Zagreb", "Zurich")
_GIVEN = ("Ana", "Bo", "Chiara", "Dragan", "Elif", "Franz", "Greta", "Hugo", "Ines", "Jonas")
_FAMILY = ("Almeida", "Bauer", "Conti", "Dupont", "Eriksen", "Fischer", "Gruber", "Horvat", "Ivanov", "Jansen")


@dataclass(frozen=True)
class Workload:
    """One request and the answer that the upstream gives to it."""

    name: str
    label: str
    method: str
    path: str
    answer: bytes
    body: bytes = b""

    @property
    def policed_target(self) -> str:
        """The operation with all policies; its query parameters are validated too."""
        return f"{BASE}{self.path}"

    @property
    def raw_target(self) -> str:
        """The public operation whose bodies are opaque to us."""
        return f"{BASE}/raw{self.path}"


def person(source: random.Random, number: int) -> dict[str, object]:
    """Ten fields, about 200 bytes; `shelf` stands in no contract."""
    given, family = source.choice(_GIVEN), source.choice(_FAMILY)
    return {
        "id": 100_000 + number,
        "name": f"{given} {family}",
        "email": f"{given}.{family}@example.org".lower(),
        "card": "".join(source.choice("0123456789") for _ in range(16)),
        "born": f"19{source.randint(50, 99)}-{source.randint(1, 12):02}-{source.randint(1, 28):02}",
        "passport": f"P{source.randint(1_000_000, 9_999_999)}",
        "city": source.choice(_CITIES),
        "active": source.random() < 0.8,
        "created": f"2025-{source.randint(1, 12):02}-{source.randint(1, 28):02}T09:30:00Z",
        "shelf": f"{source.choice('ABCDEF')}-{source.randint(1, 99)}",
    }


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _without_shelf(people: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{key: value for key, value in one.items() if key != "shelf"} for one in people]


def _one(source: random.Random) -> dict[str, object]:
    """A person with a short history, 1 KB in all."""
    one = person(source, 0)
    visits: list[dict[str, object]] = []
    one["visits"] = visits
    while len(_compact(one)) < 1000:
        visits.append({"day": "2025-03-01", "branch": source.choice(_CITIES), "desk": source.randint(1, 40)})
    return one


def workloads() -> list[Workload]:
    """The same bytes in every run: a fixed seed."""
    source = random.Random(20250301)
    one = _one(source)
    people = [person(source, number) for number in range(500)]
    short = people[:80]
    return [
        Workload("get-1k", "GET 1 KB object", "GET", "/people/100000", _compact(one)),
        Workload("get-16k", "GET 16 KB list", "GET", "/short?limit=80", _compact(short)),
        Workload("get-100k", "GET 100 KB list", "GET", "/long?limit=500", _compact(people)),
        Workload(
            "post-1k", "POST 1 KB, 1 KB back", "POST", "/people", _compact(one), _compact(_without_shelf([one])[0])
        ),
        Workload(
            "post-16k", "POST 16 KB, 16 KB back", "POST", "/imports", _compact(short), _compact(_without_shelf(short))
        ),
    ]


def request_headers(credential: tuple[str, str], media_type: str) -> list[tuple[str, str]]:
    """Twelve headers with Host, which the load tools write; as a browser application sends them, one the credential."""
    return [
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"),
        ("Accept", f"{media_type}, */*;q=0.1"),
        ("Accept-Language", "en-GB,en;q=0.8,de;q=0.5"),
        ("Accept-Encoding", "identity"),
        ("Content-Type", media_type),
        ("Origin", "https://app.example.org"),
        ("Referer", "https://app.example.org/people"),
        ("Cache-Control", "no-cache"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        credential,
    ]
