"""A receiver of webhooks in Python, with nothing but its standard library.

    WEBHOOK_SECRET=whsec_... PORT=3000 python3 receiver.py
"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_S = 300
# Ids of events that were handled; a real receiver keeps them in its database.
handled = set()


def verify(body, headers):
    """Returns the event of a request, or raises ValueError."""
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_S:
        raise ValueError("webhook-timestamp is not within five minutes of now")
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    # While a secret is rotated there are several.
    for signature in headers.get("webhook-signature", "").split(" "):
        if hmac.compare_digest(signature.encode(), f"v1,{expected}".encode()):
            return json.loads(body)
    raise ValueError("no signature is of this secret and this body")


class Receiver(BaseHTTPRequestHandler):
    """Answers within ten seconds; what takes longer is to be done afterwards."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            event = verify(body, self.headers)
        except ValueError as error:
            return self.answer(400, str(error))
        event_id = self.headers["webhook-id"]
        # An event may arrive twice.
        if event_id not in handled:
            handled.add(event_id)
            data = event["data"]
            print(event["type"], data.get("session_id", ""), data.get("seq", ""), flush=True)
        return self.answer(204)

    def answer(self, status, text=""):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Prints no line for each request."""


port = int(os.environ.get("PORT", "3000"))
ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
