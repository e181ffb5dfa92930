"""What README tells a newcomer to enter, entered as it stands there; only ports, paths and names are put in."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from damage import answers, free_ports
from operated import Done, Operated, wait_until

README = Path(__file__).parents[2] / "README.md"
# A contract that says nothing about who gets in, and has a path of its own.
CONTRACT = """openapi: 3.0.3
info: {title: Garden, version: "1"}
servers: [{url: https://garden.example/v1}]
paths:
  /notes/{id}:
    get:
      operationId: getPlant
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Plant"}}}}}
components: {schemas: {Plant: {type: object, properties: {id: {type: integer}}}}}
"""


@pytest.fixture
def steps() -> dict[int, str]:
    """What to enter, by the number of the step."""
    _, _, section = README.read_text().partition("\n## Protect your own API in five minutes\n")
    section = section.partition("\n## ")[0]
    found = re.findall(r"^(\d)\. .*?^   ```\w*\n(.*?)^   ```", section, re.MULTILINE | re.DOTALL)
    return {int(number): textwrap.dedent(text) for number, text in found}


@pytest.mark.parametrize("is_up", [True, False], ids=["the API answers already", "the API is not up yet"])
def test_the_numbered_steps_lead_to_a_protected_api(fresh: Operated, steps: dict[int, str], is_up: bool) -> None:
    assert sorted(steps) == [1, 2, 3, 4, 5]
    site = fresh
    site.config.unlink()
    site.contract.unlink()
    (site.directory / "openapi.yaml").write_text(CONTRACT)
    traffic, control, status = free_ports(3)
    site.ready = {"traffic": traffic, "status": status}
    upstream = site.origin.url if is_up else "http://127.0.0.1:9"
    entered = {
        "cd wherever/your/contract/is": f"cd {site.directory}",
        "http://127.0.0.1:4000": upstream,
        "127.0.0.1:8080": traffic,
        "THE CHECKOUT/": "/checkout/",
        "--api API": "--api garden",
        "enforce API": "enforce garden",
        "OPERATION,OPERATION": "getPlant",
        "/PATH": "/v1/notes/7",
    }

    def enter(text: str) -> Done:
        for old, new in entered.items():
            text = text.replace(old, new)
        shell = f'set -eu; firstclass() {{ {sys.executable} -m firstclass "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-c", shell + text],
            cwd=site.directory,
            env=site.surroundings(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done
        return Done(done.returncode, done.stdout, done.stderr)

    begin, _, last = steps[2].strip().rpartition("\n")
    assert last == "firstclass dev" and "make setup" in steps[1]
    assert "the API is called garden" in enter(begin).out
    text = site.config.read_text().replace("127.0.0.1:8081", control).replace("127.0.0.1:8082", status)
    site.config.write_text(text.replace("127.0.0.1:8080", traffic).replace(upstream, site.origin.url))
    site.launch("dev", as_json=False)
    wait_until("ready", lambda: answers(site) and site.status("/readyz").status == 200)
    overlay = site.directory / "policy.overlay.yaml"
    commented = textwrap.indent(steps[3], "  # ")
    heading = re.search(r'the comment "(.*?)"', README.read_text().replace("\n  ", ""))
    assert heading is not None
    before, _, below = overlay.read_text().partition(f"  # {heading[1]}")
    assert commented in below and "  # " not in before, "the comment that README names is the first"
    if is_up:
        tutorial = (README.parent / "docs" / "tutorial" / "first-protected-api.md").read_text()
        assert f'comment "{heading[1]}"' in tutorial and textwrap.indent(steps[3], "     ") in tutorial
    if is_up:
        assert site.call("GET", "/v1/notes/7").status == 200
        overlay.write_text(overlay.read_text().replace(commented, textwrap.indent(steps[3], "  "), 1))
    site.until_status(401, "/v1/notes/7")
    call = f'curl -H "X-API-Key: $KEY" http://{traffic}/v1/notes/1'
    wait_until("the call", lambda: call in site.out.read_text() + site.log())
    said = "firstclass subscriptions create my-app --api garden --operations getPlant"
    wait_until("the next lines", lambda: said in site.out.read_text() + site.log())
    # The key stays in the shell that step 5 is entered in.
    done = enter(steps[4] + 'echo "KEY $KEY"')
    assert "HTTP/1.1 " in done.out
    key = done.out.rpartition("KEY ")[2].strip()
    site.until_status(200, "/v1/notes/7", key)
    told = enter(f"KEY={key}\n" + steps[5]).out
    assert "HTTP/1.1 400" in told and "parameter_invalid" in told
    assert site.call("GET", "/v1/notes/7", key).body == b'{"id": 7}'
