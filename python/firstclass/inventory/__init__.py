"""Audit rules over what a contract gives away: pure functions from a compiled contract to harms with their fixes. No
I/O: files are read, compiled and written by `app`."""

from firstclass.inventory.audit import Audit, audit
from firstclass.inventory.fixes import Fixes, compose
from firstclass.inventory.grading import GRADES, grade, is_below
from firstclass.inventory.harms import CODES, Harm

__all__ = ["CODES", "GRADES", "Audit", "Fixes", "Harm", "audit", "compose", "grade", "is_below"]
