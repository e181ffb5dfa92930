"""The API of openapi.yaml, as careless as its kind is: it checks nothing and says too much. `python3 api.py [PORT]`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DESIGNS = [{"id": 1, "title": "Balloons", "margin": 0.62}, {"id": 2, "title": "Snow", "margin": 0.55}]
CUSTOMER = {"name": "Ana Lopes", "email": "ana@example.org", "paymentCard": "4000001234567899", "debt": 12}
ORDER = {"status": "on its way", "recipient": "Bob Silva", "customerId": 7, "paidWith": "4000001234567899"}


class Cards(BaseHTTPRequestHandler):
    """Answers any id with the same record."""

    def do_GET(self) -> None:
        """A list of designs, or the one customer or order that there is."""
        kind, _, number = self.path.removeprefix("/v1/").partition("/")
        known = {"customers": CUSTOMER, "orders": ORDER}
        if kind == "designs":
            self._answer(200, DESIGNS)
        elif kind in known and number.isdigit():
            self._answer(200, {"id": int(number)} | known[kind])
        else:
            self._answer(404, {"error": f"no {self.path}"})

    def do_POST(self) -> None:
        """Believes every order."""
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(201, {"id": 12} | ORDER | order)

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    ThreadingHTTPServer(("127.0.0.1", port), Cards).serve_forever()
