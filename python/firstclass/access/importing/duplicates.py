"""Whose a key of the export is: one that several consumers have names none of them, so that it is taken for none."""

from __future__ import annotations

from dataclasses import replace

from firstclass.access.importing.foreign import Consumer, Foreign, ForeignKey


def with_own_keys(foreign: Foreign) -> list[Consumer]:
    """The consumers with the keys that are theirs alone, each once. A consumer that is called as a key is left out:
    names are printed, logged and sent to origins."""
    holders: dict[bytes, set[str]] = {}
    for consumer in foreign.consumers:
        for key in consumer.keys:
            holders.setdefault(key.sha256, set()).add(consumer.name)
    kept = []
    for consumer in foreign.consumers:
        if foreign.is_key(consumer.name):
            instead = "nothing of it is taken over: give it another name in the export, and later another key"
            foreign.lose("a consumer whose name is a key", instead, consumer.where)
            continue
        own: dict[bytes, ForeignKey] = {}
        for key in consumer.keys:
            if len(holders[key.sha256]) == 1:
                own.setdefault(key.sha256, key)
                continue
            instead = "it is taken for none of them, as it does not say who calls: firstclass keys issue"
            foreign.lose("a key that several consumers have: {}", instead, key.where, consumer.name)
        kept.append(replace(consumer, keys=tuple(own.values())))
    return kept
