"""The report of `check` for people, whole."""

from inline_snapshot import snapshot

from firstclass.app.checking import check_path
from firstclass.cli.check_text import WIDTH, report

WEAK = """\
openapi: 3.1.0
info: {title: Boats, version: "1"}
webhooks: {}
security: [{key: []}]
paths:
  /login:
    post:
      operationId: login
      security: []
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}
      responses: {"204": {description: ""}}
  /members/{memberId}:
    get:
      operationId: getMember
      parameters:
        - {name: memberId, in: path, required: true, schema: {type: integer}}
      responses:
        "200":
          description: ""
          content: {application/json: {schema: {$ref: "#/components/schemas/Member"}}}
  /broken:
    get:
      operationId: broken
      security: [{nobody: []}]
      responses: {}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-API-Key}
  schemas:
    Login: {type: object, properties: {email: {type: string}, password: {type: string}}}
    Member: {type: object, properties: {name: {type: string}, phone: {type: string}}}
"""


def lines_of(tmp_path, text):
    (tmp_path / "boats.yaml").write_text(text)
    return list(report(check_path(tmp_path / "boats.yaml")))


def test_the_whole_report(tmp_path):
    assert "\n".join(lines_of(tmp_path, WEAK)) == snapshot("""\
* A stranger, without any credential, reaches 1 of 3 operations, changes data
  with 1 of them, such as POST /login.
* An ordinary user, with any credential of this API, reaches all 3 operations,
  and with one of them other people's objects by changing an id, such as GET
  /members/{memberId}.
* An application that is approved for everything reaches all 3 operations, and
  sees 2 fields unmasked that look classified, such as Member.name.

1 error: what keeps the contract from being enforced
  boats.yaml:25:19: there is no security scheme 'nobody'
    [security_scheme_unknown]
    hint: known here: key

7 harms (2 grave, 3 serious, 2 slight): what the contract lets happen

  grave: an operation that anybody may call, without a credential
    [no_credential]
    why: whoever finds the address calls it, with a script too; nobody can be
      told from anybody else or shut out
    boats.yaml:9:7: POST /login lets anybody in: its security asks for nothing
    fix:
      - target: $.paths['/login'].post
        update: {security: [{key: []}]}

  grave: an id of a person or of a person's object, and nothing says whose it is
    [id_without_owner]
    why: a caller who changes the id gets somebody else's data: nothing compares
      it with who is calling
    boats.yaml:17:11: {memberId} names a member by a number, and no owner is
      declared: getMember
    fix:
      # an owner is compared with a token that callers then send: of an issuer
      # in firstclass.yaml (docs/guides/identity-providers.md), or a session
      # of the API's own (docs/guides/opaque-sessions.md)
      - target: $
        update:
          components: {securitySchemes: {session: {type: http, scheme: bearer}}}
      - target: $.paths['/members/{memberId}'].get
        update: {security: [{key: [], session: []}]}
      - target: $.paths['/members/{memberId}'].get.parameters[0]
        update: {x-firstclass: {object: member, owner: token.sub}}

  serious: a field that looks personal or confidential leaves as it is
    [classified_unmasked], 2 times
    why: every caller of the operation gets the value, whether it needs to know
      it or not
    boats.yaml:32:41: Member.name looks like a person's name and leaves
      unmasked: getMember
    boats.yaml:32:63: Member.phone looks like a telephone number and leaves
      unmasked: getMember
    fix of the first:
      - target: $.components.schemas.Member.properties.name
        update:
          x-data-classification:
            category: identity
            sensitivity: confidential
            masking: {strategy: full}

  serious: an operation that takes a password, without a rate
    [sign_in_unlimited]
    why: a list of leaked passwords is tried in an hour when nothing slows it
      down
    boats.yaml:7:5: POST /login takes a password as often as anybody likes to
      try one
    fix:
      - target: $.paths['/login'].post
        update: {x-firstclass: {rate: 10 per minute by address}}

  slight: a text in a request without a largest length [text_unbounded], 2 times
    why: room for a megabyte is room for injected code, and for work that others
      wait behind
    boats.yaml:31:40: the text email has no maxLength: login
    boats.yaml:31:63: the text password has no maxLength: login
    fix of the first:
      - target: $.components.schemas.Login.properties.email
        update: {maxLength: 1000}

1 not enforced: what the contract says and this version holds nobody to
  boats.yaml:3:1: webhooks: calls that the API makes do not pass this gateway

grade F: 1 error, 7 harms, 0 warnings\
""")


def test_many_harms_stay_a_page(tmp_path):
    paths = "".join(
        f"  /p{i}:\n    get: {{operationId: p{i}, security: [], responses: {{'204': {{description: ''}}}}}}\n"
        for i in range(300)
    )
    lines = lines_of(tmp_path, f"openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\npaths:\n{paths}")
    assert len(lines) < 40 and any("and 297 more such" in line for line in lines)


def test_lines_fit(tmp_path):
    wide = [line for line in lines_of(tmp_path, WEAK) if len(line) > WIDTH and "target:" not in line]
    assert wide == []


def test_a_sound_contract_is_a_short_report(tmp_path):
    lines = lines_of(
        tmp_path,
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nsecurity: [{k: []}]\n"
        "paths: {/a: {get: {operationId: a, responses: {'204': {description: ''}, "
        "default: {description: '', content: {text/plain: {}}}}}}}\n"
        "components: {securitySchemes: {k: {type: apiKey, in: header, name: X-API-Key}}}\n",
    )
    assert lines[-1] == "grade A: 0 errors, 0 harms, 0 warnings" and len(lines) < 8
