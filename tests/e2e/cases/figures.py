"""/metrics, read by the parser of Prometheus' own library for Python."""

import collections

from prometheus_client.parser import text_string_to_metric_families

from harness import curl
from harness.case import Case

HOOKS = 100


class Figures(Case):
    """With many hooks and little room for an answer."""

    @classmethod
    def setUpClass(cls):
        spare = {f'hook "spare-{n}"': {"url": "http://127.0.0.1:9/", "to": f"nobody{n}@"} for n in range(HOOKS)}
        cls.sections = {"limits": {"answer": "4096"}, **spare}
        super().setUpClass()

    def read(self, *options):
        """All samples, by name and labels; the text says of each what it is, and has none twice."""
        url = f"http://127.0.0.1:{self.gateway.port}/metrics"
        answer = self.status(200, curl.Call(url, None, {"Authorization": self.gateway.credentials}, *options).answer())
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        samples, kinds = {}, {}
        for family in text_string_to_metric_families(answer.text):
            self.assertNotIn(family.name, kinds)
            kinds[family.name] = family.type
            self.assertTrue(family.documentation, family.name)
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                self.assertNotIn(key, samples)
                samples[key] = sample.value
        self.assertEqual(len(samples), sum(line[:1] != "#" for line in answer.text.splitlines()))
        self.assertNotIn("unknown", kinds.values())
        self.assertGreater(len(answer.body), 3 * 4096)
        return answer, samples, kinds

    def test_traffic(self):
        def value(samples, name, **labels):
            return samples[f"restanza_{name}", frozenset(labels.items())]

        _, before, _ = self.read()
        self.hook.on(self.token, 200, "text/plain", "yes")
        self.alice.send(f"<message to='cat@{self.domain}' type='chat' id='{self.token}'><body>{self.token}</body></message>")
        self.hook.wait(self.token)
        self.alice.wait(lambda stanza: stanza.get("from") == f"cat@{self.domain}")
        self.status(202, self.gateway.post("<presence to='alice@xmpp.test/here'/>"))
        self.status(422, self.gateway.post("<message to='@'/>"))
        self.status(401, self.gateway.post("<message to='alice@xmpp.test'/>", auth=None))
        _, after, kinds = self.read()
        rest = {"method": "POST", "route": "/rest"}
        for much, name, labels in (
                (1, "stanzas_total", {"kind": "message", "direction": "in"}),
                (1, "stanzas_total", {"kind": "message", "direction": "out"}),
                (1, "stanzas_total", {"kind": "presence", "direction": "out"}),
                (1, "http_requests_total", {**rest, "status": "2xx"}),
                (2, "http_requests_total", {**rest, "status": "4xx"}),
                (0, "http_requests_total", {**rest, "status": "5xx"}),
                (1, "http_requests_total", {"method": "GET", "route": "/metrics", "status": "2xx"}),
                (1, "http_answers_total", {"status": "202"}),
                (1, "refusals_total", {"reason": "NO_CREDENTIALS", "status": "401"}),
                (1, "hook_accepted_total", {"hook": "main"}),
                (1, "hook_answered_total", {"hook": "main"}),
                (1, "hook_seconds_count", {"hook": "main"}),
                (0, "hook_accepted_total", {"hook": "spare-7"}),
                (0, "link_ups_total", {})):
            with self.subTest(name, **labels):
                was = before.get((f"restanza_{name}", frozenset(labels.items())), 0)
                self.assertEqual(value(after, name, **labels) - was, much)
        self.assertGreaterEqual(value(after, "queue_stanzas_peak"), 1)
        self.assertGreater(value(after, "outgoing_bytes_peak"), 0)
        self.assertEqual(value(after, "up"), 1)
        self.assertEqual((kinds["restanza_hook_seconds"], kinds["restanza_stanzas"]), ("summary", "counter"))
        rows = collections.Counter(dict(labels)["hook"] for _, labels in after if "hook" in dict(labels))
        self.assertEqual((len(rows), len(set(rows.values()))), (HOOKS + 1, 1))

    def test_old_callers(self):
        answer, samples, _ = self.read("--http1.0")
        self.assertNotIn("transfer-encoding", answer.headers)
        self.assertEqual(samples["restanza_up", frozenset()], 1)
