"""A real browser: Chromium without a window, driven through chromedriver by the WebDriver protocol (W3C)."""

import base64
import json
import os
import urllib.error
import urllib.request

from . import process, wait

# Chromium by itself would ask the world for updates and more; and it cannot build its sandbox as root.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--no-proxy-server"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One browser with one tab; `close` ends it."""

    def __init__(self, dark=False):
        self.folder = process.scratch("browser")
        self.port = wait.free_port()
        argv = ["chromedriver", f"--port={self.port}"]
        self.driver = process.Process("chromedriver", argv, self.folder, {"HOME": self.folder}).start()
        wait.until(lambda: wait.accepts(self.port) or not self.driver.alive,
                   lambda: f"chromedriver listens: {self.driver.output()}")
        flags = [*FLAGS, f"--user-data-dir={self.folder}/profile", *(["--force-dark-mode"] if dark else [])]
        wanted = {"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = ""
        self.session = self._call("POST", "", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def _call(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        url = f"http://127.0.0.1:{self.port}/session" + (f"/{self.session}" if self.session else "") + path
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=wait.DEADLINE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def resize(self, width, height):
        """The size of what is shown; a window may not be as narrow as a telephone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": size})

    def scheme(self, name):
        """What the person prefers: light or dark."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def find(self, css):
        """The path of an element."""
        found = self._call("POST", "/element", {"using": "css selector", "value": css})
        return f"/element/{found[ELEMENT]}"

    def text(self, css):
        """The text that a person sees there."""
        return self._call("GET", self.find(css) + "/text")

    def shown(self, css):
        return self._call("GET", self.find(css) + "/displayed")

    def role(self, css):
        """What it is to assistive technology, and its name there."""
        found = self.find(css)
        return self._call("GET", found + "/computedrole"), self._call("GET", found + "/computedlabel")

    def fill(self, css, text):
        found = self.find(css)
        self._call("POST", found + "/clear")
        self._call("POST", found + "/value", {"text": text})

    def press(self, keys):
        """Types where the focus is; \\ue004 is Tab, \\ue007 Enter (WebDriver, 17.4.2)."""
        active = self._call("GET", "/element/active")
        self._call("POST", f"/element/{active[ELEMENT]}/value", {"text": keys})

    def click(self, css):
        self._call("POST", self.find(css) + "/click")

    def run(self, script):
        """The value of a script."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def complaints(self):
        """What the browser has to say of the page, such as what its policy forbade."""
        return [line["message"] for line in self._call("POST", "/se/log", {"type": "browser"})
                if line["level"] in ("SEVERE", "WARNING")]

    def wait(self, css, match):
        """Until the text there matches: gives it."""
        def seen():
            text = self.text(css)
            return text if match(text) else None
        return wait.until(seen, lambda: f"{css} is as it should be; it is {self.text(css)!r}")

    def picture(self, name):
        """A picture of the whole page, into RESTANZA_PICTURES or a folder of the run."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        self.resize(width, max(height, 600))
        folder = os.environ.get("RESTANZA_PICTURES") or self.folder
        with open(os.path.join(folder, f"{name}.png"), "wb") as file:
            file.write(base64.b64decode(self._call("GET", "/screenshot")))

    def close(self):
        if self.session and self.driver.alive:
            self._call("DELETE", "")
        self.driver.stop()
