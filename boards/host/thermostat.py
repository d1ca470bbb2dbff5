"""A thermostat that is set by an ad-hoc command with a form of two steps, over a webhook of restanza."""

import json
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMANDS = "http://jabber.org/protocol/commands"
ROOMS = {"kitchen": 20.0, "bath": 23.0}
sessions = {}  # sessionid: who began it, and what was said so far


def room_form(session):
    rooms = [{"label": name.title(), "value": name} for name in ROOMS]
    return {"type": "form", "title": "Which room?", "fields": [
        {"var": "room", "type": "list-single", "label": "Room", "required": True, "options": rooms,
         "value": session.get("room", "kitchen")}]}


def target_form(session):
    return {"type": "form", "title": f"How warm in the {session['room']}?", "fields": [
        {"var": "target", "type": "text-single", "label": "Degrees, 5 to 30", "required": True,
         "value": str(session.get("target", ROOMS[session["room"]]))}]}


def is_room(text):
    return text if text in ROOMS else None


def is_target(text):
    try:
        return float(text) if 5 <= float(text) <= 30 else None
    except ValueError:
        return None


# What each step asks, how its answer is read, what is said when it cannot be, and what may be done from there.
STEPS = [
    ("room", room_form, is_room, "There is no such room.", {"next": True, "execute": "next"}),
    ("target", target_form, is_target, "That is not between 5 and 30 degrees.",
     {"prev": True, "complete": True, "execute": "complete"}),
]


def show(command, session, note=None):
    """The form of the step that the session is at, with a note why it comes again."""
    actions = STEPS[session["step"]][4]
    answer = {"node": "thermostat", "sessionid": command["sessionid"], "status": "executing",
              "actions": actions, "form": STEPS[session["step"]][1](session)}
    return {**answer, "note": {"type": "error", "text": note}} if note else answer


def end(command, status, text):
    sessions.pop(command["sessionid"], None)
    return {"node": "thermostat", "sessionid": command["sessionid"], "status": status,
            "note": {"type": "info", "text": text}}


def execute(command, sender):
    """One request of the command; None when its session is not known."""
    if "sessionid" not in command:
        command["sessionid"] = secrets.token_urlsafe(12)
        while len(sessions) >= 100:  # those that began longest ago have gone away
            del sessions[next(iter(sessions))]
        sessions[command["sessionid"]] = session = {"by": sender, "step": 0}
        return show(command, session)
    session = sessions.get(command["sessionid"])
    if session is None or session["by"] != sender:
        return None
    action = command.get("action", "execute")
    if action == "execute":  # "go on" in the way that the step named as its own (XEP-0050 section 3.4)
        action = STEPS[session["step"]][4]["execute"]
    if action == "cancel":
        return end(command, "canceled", "Nothing was changed.")
    if action not in STEPS[session["step"]][4]:
        return show(command, session, f"This step cannot {action}.")
    if action == "prev":
        session["step"] -= 1
        return show(command, session)
    name, _, read, complaint, _ = STEPS[session["step"]]
    fields = command.get("form", {}).get("fields", [])
    said = next((field.get("value", "") for field in fields if field["var"] == name), "")
    value = read(said)
    if value is None:
        return show(command, session, complaint)
    session[name] = value
    if action == "next":
        session["step"] += 1
        return show(command, session)
    ROOMS[session["room"]] = session["target"]
    return end(command, "completed", f"The {session['room']} gets {session['target']:g} degrees.")


def answer(stanza):
    """What a stanza is answered with; None when it is nothing for us."""
    if stanza["kind"] != "iq":
        return None
    if stanza.get("items") == COMMANDS:  # which commands are there?
        item = {"jid": stanza["to"], "node": "thermostat", "name": "Set the thermostat"}
        return {"items": [item], "items_query": {"node": COMMANDS}}
    if stanza.get("disco") == "thermostat":  # what is this command?
        identity = {"category": "automation", "type": "command-node", "name": "Set the thermostat"}
        return {"disco": {"node": "thermostat", "identities": [identity], "features": [COMMANDS, "jabber:x:data"]}}
    if stanza.get("disco") is True:  # what are you?
        identity = {"category": "automation", "type": "generic", "name": "Thermostat"}
        return {"disco": {"identities": [identity], "features": [COMMANDS, "jabber:x:data"]}}
    if stanza.get("command", {}).get("node") == "thermostat":
        command = execute(stanza["command"], stanza["from"])
        return command and {"command": command}
    return None


class Thermostat(BaseHTTPRequestHandler):
    def do_POST(self):
        stanza = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = answer(stanza)
        body = json.dumps({"kind": "iq", "type": "result", **reply}).encode() if reply else b""
        # 400 is the stanza error bad-request, as XEP-0050 wants it for a bad session; 501 feature-not-implemented.
        self.send_response(200 if reply else 400 if "command" in stanza else 501)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Thermostat).serve_forever()
