"""Traffic with a ledger: every POST and what was answered, every message and how often it arrived.

The books must balance. A message that was answered with 202 arrives exactly once, or comes back as an error to the
webhook, or is among those that the log called possibly lost when that link broke: each loss is held against the first
break after it, and no break may have swallowed more than the log said of it. One that was refused never arrives.
"""

import calendar
import http.client
import re
import threading
import time

from . import xml

# What the log says of a broken link: how many stanzas written to it the server may not have taken.
MAY_BE_LOST = re.compile(r"(?m)^(\S+)Z .*\b(\d+) stanzas? may be lost\b")


class Ledger:
    """Some callers that send one message after the other to `to` until `finish`."""

    def __init__(self, gate, to, token, callers=4, pause=0.01):
        self.gate, self.to, self.token, self.pause = gate, to, token, pause
        self.answers = {}  # text: status, or None when no answer came
        self.times = {}  # text: when it was posted, and answered
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(callers)]
        for thread in self._threads:
            thread.start()

    def _send(self, number):
        connection, count = None, 0
        while not self._stopped.is_set():
            text = f"{self.token}-{number}-{count}."
            count += 1
            start = time.time()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.gate.port, timeout=60)
                connection.request("POST", "/rest", f"<message to='{self.to}' id='{text}'><body>{text}</body></message>", {
                    "Authorization": self.gate.credentials, "Content-Type": "application/xmpp+xml"})
                answer = connection.getresponse()
                answer.read()
                self.answers[text] = answer.status
                self.times[text] = (start, time.time())
                if answer.status == 503:
                    time.sleep(0.1)
            except (OSError, http.client.HTTPException):
                self.answers[text] = None
                connection = None
            time.sleep(self.pause)

    def finish(self):
        """Ends the callers."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def statuses(self):
        """How often which answer was given."""
        counts = {}
        for status in self.answers.values():
            counts[status] = counts.get(status, 0) + 1
        return counts

    def balance(self, arrived, bounced):
        """Compares with the texts that arrived and those that came back; gives figures and what is wrong."""
        times = {}
        for text in arrived:
            times[text] = times.get(text, 0) + 1
        taken = {text for text, status in self.answers.items() if status == 202}
        back = set(bounced)
        breaks = [(calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%S")), int(count))
                  for when, count in MAY_BE_LOST.findall(self.gate.log)]
        lost = taken - set(times) - back
        figures = {
            "posts": len(self.answers), "answers": self.statuses(),
            "arrived": len(times), "bounced": len((taken & back) - set(times)),
            "lost": len(lost),
            "said to be possibly lost": sum(count for _, count in breaks),
        }
        wrong = []
        if twice := [text for text, count in times.items() if count > 1]:
            wrong.append(f"arrived more than once: {twice[:5]}")
        if lied := [text for text, status in self.answers.items() if status not in (202, None) and text in times]:
            wrong.append(f"refused, but arrived: {lied[:5]}")
        if silent := [text for text, status in self.answers.items() if status is None]:
            wrong.append(f"no answer: {silent[:5]}")
        if unsaid := self.unsaid(lost, breaks):
            wrong.append(f"answered with 202 and lost without a word: {unsaid[:5]} of {len(unsaid)}; breaks {breaks}")
        return figures, wrong


    def unsaid(self, lost, breaks):
        """The lost ones that no break accounts for. The log tells whole seconds, so a text may belong to any break from
        the second of its post to the first one after its answer; those with the least choice choose first."""
        left = [count for _, count in breaks]
        choices = []
        for text in lost:
            start, end = self.times[text]
            own = [n for n, (second, _) in enumerate(breaks) if second >= int(start)]
            after = next((n for n in own if breaks[n][0] > int(end)), len(breaks) - 1)
            choices.append((after, text, [n for n in own if n <= after]))
        missing = []
        for _, text, own in sorted(choices):
            found = next((n for n in own if left[n]), None)
            if found is None:
                missing.append(text)
            else:
                left[found] -= 1
        return missing


def texts(stanzas, token):
    """The bodies of our messages among some stanzas, errors left out."""
    bodies = (xml.text(s, "body") or "" for s in stanzas if s.get("type") != "error")
    return [body for body in bodies if body.startswith(token)]


def returned(hook, token):
    """The bodies of our messages that came back as errors to the webhook (format xml)."""
    found = (r.xml for r in hook.requests(token))
    return [s.get("id") for s in found if s.get("type") == "error"]
