"""What the description cannot say: how addresses look, and XML; and for which reasons a fit request may be refused."""

import json
import os
import re
from xml.sax.saxutils import escape, quoteattr

import jsonschema_rs
import schemathesis
from hypothesis import strategies as st

# Those who answer, one who is not there, a room, ourselves; and others with a resource.
NAMES = st.sampled_from(os.environ["RESTANZA_ADDRESSES"].split())
LOCAL = st.from_regex(re.compile(r"[a-z0-9._-]{1,20}"), fullmatch=True)
RESOURCE = st.one_of(st.just(""), st.from_regex(re.compile(r"/[A-Za-z0-9._+-]{1,20}"), fullmatch=True))
MADE = st.builds("{}@{}{}".format, LOCAL, st.sampled_from(["xmpp.test", "nowhere.invalid"]), RESOURCE)
ADDRESSES = st.one_of(NAMES, MADE)
schemathesis.openapi.format("jid", ADDRESSES)

# Characters that XML 1.0 has.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=40)


@st.composite
def stanzas(draw):
    """A message, a presence or a question, in XML."""
    to, text = quoteattr(draw(ADDRESSES)), escape(draw(TEXT))
    shape = draw(st.sampled_from([
        "<message to={to} type='chat'><body>{text}</body></message>",
        "<message to={to}><subject>{text}</subject><x xmlns='urn:example'><y z='1'/>{text}</x></message>",
        "<presence to={to}><status>{text}</status></presence>",
        "<iq to={to} type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq to={to} type='set' id='a'><query xmlns='urn:example'>{text}</query></iq>",
    ]))
    return shape.format(to=to, text=text).encode()


schemathesis.openapi.media_type("application/xmpp+xml", stanzas())

# What a schema does not say: an iq has one payload; XML lacks some characters; `from` is an address; with `strict` no
# key is unknown; XML in a string is well-formed; a peer's error may have a type that we would not send; and behind
# {query} stands the value of that key.
REASONS = re.compile(r"exactly one child tag|must not contain the character|is not a key of|must be of type|Invalid source JID"
                     r"|source is no valid JID|must be well-formed XML|error\.type must be one of")
OF_THE_KEY = re.compile(r" must be ")


@schemathesis.check
def fit_requests_are_refused_for_a_reason(ctx, response, case):
    """A 422 to what the description allows has one of the reasons above."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    body = response.json() if "json" in response.headers["content-type"][0] else {"detail": response.text}
    words = body.get("detail") or body["error"]["text"]
    by_key = "{query}" in case.operation.path or "{type}" in case.operation.path
    assert REASONS.search(words) or by_key and OF_THE_KEY.search(words), words


# The keys of each kind, as the first table of our reference tells them.
REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "mapping", "keys.md")
with open(REFERENCE, encoding="utf-8") as file:
    ROWS = re.findall(r"(?m)^\| \[`([a-z0-9_]+)`\]\(#\1\) \| ([^|]+) \|", file.read())
KEYS = {kind: {key for key, kinds in ROWS if kind in kinds or kinds == "all kinds"}
        for kind in ("message", "presence", "iq")}
assert min(map(len, KEYS.values())) > 20, "the table of keys looks otherwise"
OF_ALL = KEYS["message"] & KEYS["presence"] & KEYS["iq"]


@schemathesis.check
def unfit_values_are_refused(ctx, response, case):
    """What takes a stanza refuses every wrong value of a key that the stanza's kind has; others are unknown to it.

    The schema is of all kinds at once and cannot say so, so that negative_data_rejection cannot tell either.
    """
    is_stanza = case.operation.definition.raw["operationId"] in ("rest-send", "rest-sendTo", "rest-echo", "v1-send")
    if not is_stanza or case.media_type != "application/json" or not 200 <= response.status_code < 300:
        return
    if case.meta is None or not case.meta.generation.mode.is_negative:
        return
    body = json.loads(response.request.body or "{}")
    assert isinstance(body, dict), "a stanza is an object"
    kind = (case.path_parameters or {}).get("kind") or body.get("kind")
    keys = KEYS.get(kind, OF_ALL) if isinstance(kind, str) else OF_ALL
    for key in keys & set(body):
        if body[key] is None:  # as good as not there
            continue
        pointer = {"$ref": f"#/components/schemas/Stanza/properties/{key}"}
        schema = {**pointer, "components": case.operation.schema.raw_schema["components"]}
        assert jsonschema_rs.Draft202012Validator(schema).is_valid(body[key]), f"{key}: {body[key]!r}"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A stanza in a stanza is made of two keys, or there would be no end of it; the rest is as the gateway says."""
    inner = {"type": "object", "properties": {key: {"type": "string"} for key in ("body", "subject")}}

    def cut(part):
        if isinstance(part, list):
            return [cut(one) for one in part]
        if not isinstance(part, dict):
            return part
        is_stanza = part.get("$ref") == "#/components/schemas/Stanza"
        return inner if is_stanza else {key: cut(one) for key, one in part.items()}

    schemas = raw_schema["components"]["schemas"]
    schemas["Stanza"] = cut(schemas["Stanza"])
