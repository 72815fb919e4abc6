"""What happens to a request that schemathesis made up, before it is sent.

Made-up ids are nobody's, made-up entity tags name no state, and the document
has one example of an Idempotency-Key: nearly every request would be 404, 412 or
422, and rightly so, but prove little. So three of four ask for what is there.
"""

import json
import os
import re
from itertools import count, cycle

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

KEY = "Idempotency-Key"

is_publishable_key = os.environ["SCHEME"] == "publishableKey"
is_contact_token = os.environ["SCHEME"] == "contactToken"
there = {name: cycle(ids) for name, ids in json.loads(os.environ["IDS"]).items()}
requests = count()
bodies = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None:
        return

    def is_valid(location):
        return not meta.is_negative_at(location)

    # Cases that follow from one another share these.
    case.headers = case.headers.copy()
    case.path_parameters = case.path_parameters.copy()

    # Stateful tests ask for what they made.
    is_free = meta.phase.name != TestPhase.STATEFUL
    number = next(requests)
    if is_free and number % 4 != 0:
        fate = "removed" if case.method == "DELETE" else "kept"
        contacts = f"{fate}_contacts"
        ids = {"session_id": f"{fate}_sessions", "contact_id": contacts}
        if is_valid(ParameterLocation.PATH):
            for name in case.path_parameters:
                case.path_parameters[name] = next(there[ids[name]])
        if is_valid(ParameterLocation.HEADER):
            for name in ["If-Match"] if number % 4 != 1 else ["If-Match", "If-None-Match"]:
                if name in case.headers:
                    case.headers[name] = "*"
        if is_valid(ParameterLocation.BODY) and "contact_id" in members(case):
            case.body = {**case.body, "contact_id": next(there[contacts])}
    if case.path == "/contacts" and is_valid(ParameterLocation.QUERY):
        ask_for_one(case, number)
    if is_publishable_key and is_valid(ParameterLocation.BODY):
        fit_publishable_key(members(case))
    if is_contact_token and members(case).get("resume") is True:
        name_contact(case)
    if re.fullmatch("[!-~]{1,255}", str(case.headers.get(KEY, ""))):
        give_key(case)


def members(case):
    return case.body if isinstance(case.body, dict) else {}


def ask_for_one(case, number):
    """A person is found by one of two parameters, which the document says in words.

    A text that reads as a phone number has no pattern.
    """
    if number % 2 == 0:
        case.query = {"email": f"kept-{number % 20}@conformance.example"}
    else:
        case.query = {"phone_number": f"+1 555 0{number}"}


def fit_publishable_key(body):
    """A publishable key may send fewer and shorter attributes.

    One schema describes the bodies of every credential, with the larger limits.
    """
    for parent in [body, body.get("contact")]:
        for name in ["custom_data", "customData"]:
            attributes = parent.get(name) if isinstance(parent, dict) else None
            if isinstance(attributes, dict):
                kept = list(attributes.items())[:20]
                parent[name] = {key: value[:1024] if isinstance(value, str) else value for key, value in kept}


def name_contact(case):
    """A token names whose session to resume, which no schema of a body can know.

    The document asks for a contact there, and the service only where the
    credential names none: so the body says it too.
    """
    if "contact_id" not in case.body and "contact" not in case.body:
        case.body = {**case.body, "contact_id": next(there["kept_contacts"])}


def give_key(case):
    """Another key, if the one it has came with another body before."""
    # As text: to Python, 1 and True are equal.
    body = repr(case.body)
    if bodies.setdefault(str(case.headers[KEY]), body) != body:
        case.headers[KEY] = f"another-{next(requests)}"
