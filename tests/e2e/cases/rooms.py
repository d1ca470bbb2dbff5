"""A group chat: the gateway as an occupant of a room of the server."""

from harness import xml
from harness.case import Case, on_both

ROOM = "den@rooms.xmpp.test"


@on_both
class Room(Case):
    """Joins by POST, is spoken to, and answers through its webhook."""

    format = "json"

    def join(self, entity, nick):
        entity.send(f"<presence to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        entity.wait(lambda s: s.get("from") == f"{ROOM}/{nick}" and s.tag.endswith("}presence"))

    def test_a_reply_goes_to_the_room(self):
        self.join(self.alice, "alice")
        bot = f"bot@{self.domain}/den"
        self.status(202, self.gateway.post(
            f"<presence from='{bot}' to='{ROOM}/bot'><x xmlns='http://jabber.org/protocol/muc'/></presence>"))
        self.alice.wait(lambda s: s.get("from") == f"{ROOM}/bot")
        self.hook.on(f"ask {self.token}", 200, "application/json",
                     f'{{"kind":"message","type":"groupchat","body":"re {self.token}"}}')
        self.alice.send(f"<message to='{ROOM}' type='groupchat'><body>ask {self.token}</body></message>")
        request = self.hook.wait(f"ask {self.token}").json
        self.assertEqual((request["type"], request["from"], request["to"]), ("groupchat", f"{ROOM}/alice", bot))
        got = self.alice.wait(f"re {self.token}")
        self.assertEqual((got.get("type"), got.get("from"), xml.text(got, "body")),
                         ("groupchat", f"{ROOM}/bot", f"re {self.token}"))
        self.alice.send(f"<presence to='{ROOM}/alice' type='unavailable'/>")
