"""The audit rules, in the order in which harms are told: a function from facts to harms each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from firstclass.inventory.facts import Facts
from firstclass.inventory.harms import Harm
from firstclass.inventory.rules.admin import find_admin_operations
from firstclass.inventory.rules.classified import find_classified
from firstclass.inventory.rules.ids import find_ids
from firstclass.inventory.rules.mixed_subjects import find_mixed_subjects
from firstclass.inventory.rules.no_credential import find_open_operations
from firstclass.inventory.rules.open_objects import find_open_objects
from firstclass.inventory.rules.optional_owners import find_optional_owners
from firstclass.inventory.rules.other_names import find_other_names
from firstclass.inventory.rules.pages import find_unpaged
from firstclass.inventory.rules.privileges import find_privileges
from firstclass.inventory.rules.revealing import find_revealing
from firstclass.inventory.rules.secrets import find_secrets
from firstclass.inventory.rules.servers import find_plain_servers
from firstclass.inventory.rules.sign_in import find_sign_ins
from firstclass.inventory.rules.sizes import find_unbounded
from firstclass.inventory.rules.unchecked import find_unchecked
from firstclass.inventory.rules.uninspected import find_uninspected
from firstclass.inventory.rules.unread import find_unread
from firstclass.inventory.rules.writable_ids import find_writable_ids

Rule = Callable[[Facts], Iterator[Harm]]
RULES: tuple[Rule, ...] = (
    find_open_operations,
    find_unchecked,
    find_ids,
    find_mixed_subjects,
    find_optional_owners,
    find_classified,
    find_other_names,
    find_uninspected,
    find_unread,
    find_privileges,
    find_writable_ids,
    find_admin_operations,
    find_secrets,
    find_sign_ins,
    find_open_objects,
    find_revealing,
    find_unpaged,
    find_unbounded,
    find_plain_servers,
)
