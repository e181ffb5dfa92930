"""What stays up after the demo can be tried by pasting a line."""

import json
import shlex
from random import Random

from firstclass.demo.people import invent_people
from firstclass.demo.performance import sign_in_command


def test_the_sign_in_can_be_pasted_and_fits_a_terminal():
    ana = invent_people(2, Random(1))[0]
    key = "fc_live_" + "a" * 58
    lines = sign_in_command("http://127.0.0.1:8099", key, ana)
    assert all(len(line) <= 80 for line in lines)
    words = shlex.split("\n".join(lines).replace("\\\n", ""))
    assert words[:2] == ["curl", "http://127.0.0.1:8099/sign-in"] and f"X-API-Key:{key}" in words
    assert json.loads(words[-1]) == {"email": ana.email, "password": ana.password}
