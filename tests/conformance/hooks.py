"""What happens to a request that schemathesis made up, before it is sent.

Made-up ids are nobody's, made-up entity tags name no state, and the document
has one example of an Idempotency-Key: nearly every request would be 404, 412 or
422, and rightly so, but prove little. So three of four ask for what is there.
"""

import json
import os
import re
import uuid
from datetime import datetime, timezone
from itertools import count, cycle

import requests as requests_library
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

KEY = "Idempotency-Key"

SCHEME = os.environ["SCHEME"]
# Who sends as the contact, and who has the limits of everybody who opens a page.
IS_CONTACT = SCHEME in ("contactToken", "visitorToken")
IS_ANONYMOUS = SCHEME in ("publishableKey", "visitorToken")
# The one that the seed stored in each of `kept_messages`.
SEEDED_TEXT = "Where is my order?"
FIRST_SESSION = json.loads(os.environ["IDS"])["kept_sessions"][0]
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
        ids = {
            "session_id": f"{fate}_sessions",
            "contact_id": contacts,
            "webhook_id": f"{fate}_webhooks",
        }
        if is_valid(ParameterLocation.PATH):
            for name in case.path_parameters.keys() & ids.keys():
                case.path_parameters[name] = next(there[ids[name]])
            if "message_id" in case.path_parameters:
                session_id, message_id = next(there["kept_messages"])
                case.path_parameters.update(session_id=session_id, message_id=message_id)
        if is_valid(ParameterLocation.HEADER):
            for name in ["If-Match"] if number % 4 != 1 else ["If-Match", "If-None-Match"]:
                if name in case.headers:
                    case.headers[name] = "*"
        if is_valid(ParameterLocation.BODY) and "contact_id" in members(case):
            case.body = {**case.body, "contact_id": next(there[contacts])}
    if case.path == "/contacts" and is_valid(ParameterLocation.QUERY):
        ask_for_one(case, number)
    if case.path == "/chat/sessions" and case.method == "GET" and is_valid(ParameterLocation.QUERY):
        fit_order(case)
        fit_search(case, number)
    if case.path.endswith("/history") and is_valid(ParameterLocation.QUERY):
        ask_for_one_range(case)
    if (
        case.path.endswith("/notes")
        and is_valid(ParameterLocation.BODY)
        and is_valid(ParameterLocation.PATH)
    ):
        fit_note(case, number, is_free)
    if case.path.endswith("/send") and is_valid(ParameterLocation.BODY):
        fit_sender(case)
        fit_session(members(case))
        if is_free and number % 16 == 3 and is_valid(ParameterLocation.PATH):
            send_again(case)
    if case.path.startswith("/webhooks") and is_valid(ParameterLocation.BODY):
        fit_webhook(case, number)
    if not is_valid(ParameterLocation.BODY):
        case.body = overflowing(case.body)
    if IS_ANONYMOUS and is_valid(ParameterLocation.BODY):
        fit_anonymous(members(case))
    if IS_CONTACT and members(case).get("resume") is True:
        name_contact(case)
    if re.fullmatch("[!-~]{1,255}", str(case.headers.get(KEY, ""))):
        give_key(case)


@schemathesis.hook
def after_call(context, case, response):
    """An organization has ten webhooks at most, so those that are made are removed."""
    if case.path == "/webhooks" and case.method == "POST" and response.status_code == 201:
        authorization = response.request.headers["Authorization"]
        url = f"{response.request.url}/{response.json()['id']}"
        requests_library.delete(url, headers={"Authorization": authorization}, timeout=10)


def fit_webhook(case, number):
    """Events are sent nowhere, and from a time that can be replayed."""
    body = members(case)
    if "url" in body:
        case.body = {**body, "url": f"https://{number}.conformance.example/"}
    if "since" in body:
        case.body = {**body, "since": datetime.now(timezone.utc).isoformat()}


# As the document spells it.
LARGEST_DOUBLE = 17976931348623157 * 10**292


def overflowing(value):
    """A number a little beyond the largest double is read as that double: 400 needs more."""
    if isinstance(value, dict):
        return {name: overflowing(member) for name, member in value.items()}
    if isinstance(value, list):
        return [overflowing(item) for item in value]
    is_beyond = isinstance(value, int) and abs(value) > LARGEST_DOUBLE
    return value * 10 if is_beyond else value


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


def fit_order(case):
    """A cursor is of one order, and only servers and agents list by activity."""
    query = dict(case.query)
    if SCHEME not in ("secretKey", "agentToken") and query.get("sort") == "activity":
        del query["sort"]
    if query.get("sort") == "activity" or len(str(query.get("cursor", ""))) != 32:
        query.pop("cursor", None)
    case.query = query


def fit_search(case, number):
    """Only servers and agents search, and nobody finds much by made-up words."""
    if SCHEME in ("secretKey", "agentToken") and number % 4 == 0:
        return
    case.query = {
        name: value for name, value in dict(case.query).items() if name not in ("email", "ticket_number")
    }


def fit_note(case, number, is_free):
    """An id is of one note: the same id comes with the same words only."""
    body = {name: value for name, value in members(case).items() if name != "id"}
    if is_free and number % 8 == 3:
        case.path_parameters["session_id"] = FIRST_SESSION
        body = {"text": "Called the carrier."}
    said = json.dumps([case.path_parameters["session_id"], body])
    case.body = {**body, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, said))}


def ask_for_one_range(case):
    """A page of history takes one of three parameters, which the document says in words."""
    for name in [name for name in ("cursor", "after", "before") if name in case.query][1:]:
        case.query = {key: value for key, value in case.query.items() if key != name}


def fit_sender(case):
    """Who may send as whom is the credential's: one schema describes all bodies."""
    body = {**members(case)}
    if IS_CONTACT:
        body.pop("agent", None)
        body.pop("sender", None)
    elif SCHEME == "agentToken":
        body.pop("agent", None)
        if "sender" in body:
            body["sender"] = "agent"
    elif "sender" not in body:
        body["sender"] = "agent"
    message = body.get("message")
    if isinstance(message, dict) and "id" in message:
        # An id is one message's for ever, and the document has one example of it.
        text = json.dumps({**message, "id": "", "sender": body.get("sender")}, sort_keys=True)
        body["message"] = {**message, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, text))}
    case.body = body


def fit_session(body):
    """What a session keeps of all of its messages is bounded, together."""
    for name in ("custom_data", "customData"):
        attributes = body.get(name)
        if isinstance(attributes, dict):
            values = list(attributes.values())[:10]
            short = [value[:1000] if isinstance(value, str) else value for value in values]
            body[name] = {f"key-{index}": value for index, value in enumerate(short)}


def send_again(case):
    """Sends a message that the session has."""
    session_id, message_id = next(there["kept_messages"])
    case.path_parameters["session_id"] = session_id
    sender = {} if IS_CONTACT or SCHEME == "agentToken" else {"sender": "contact"}
    case.body = {**sender, "message": {"id": message_id, "text": SEEDED_TEXT}}


def fit_anonymous(body):
    """Publishable keys and visitors may send fewer and shorter attributes.

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
