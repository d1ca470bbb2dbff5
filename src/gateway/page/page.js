"use strict";
// Credentials live in this variable and nowhere else.
let login = "";
let timer = 0;
const by = (id) => document.getElementById(id);

// An element with text and children; text is never markup.
function make(name, ...inside) {
    const element = document.createElement(name);
    element.append(...inside);
    return element;
}

function ask(path, options = {}) {
    const headers = { ...options.headers };
    if (login) headers.Authorization = login;
    // Without the browser's own credentials, so that it never opens a window of its own for them.
    return fetch(path, { cache: "no-store", ...options, headers, credentials: "omit" });
}

function show(text, good) {
    by("link").textContent = text;
    by("link").className = good ? "good" : "bad";
}

async function look() {
    try {
        const good = (await ask("readyz")).ok;
        show(good ? "up" : "down", good);
        if (login) await state();
    } catch {
        show("no answer", false);
    }
    clearTimeout(timer);
    timer = setTimeout(look, 5000);
}

// The text format of Prometheus: name or name{labels}, a space, the value.
function parse(text) {
    const rows = text.split("\n").filter((line) => line && line[0] !== "#");
    return new Map(rows.map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at).replace(/^restanza_/, ""), Number(line.slice(at + 1))];
    }));
}

const TILES = [
    ["Stanzas sent", "stanzas_total", /direction="out"/],
    ["Stanzas received", "stanzas_total", /direction="in"/],
    ["HTTP requests", "http_requests_total", /{/],
    ["Connections", "http_connections_open"],
    ["Waiting for an answer", "iq_waiting"],
    ["Queued for webhooks", "queue_stanzas"],
    ["Bytes to the server", "outgoing_bytes"],
    ["Times connected", "link_ups_total"],
];

// The value of a name without labels, or the sum of those of a name whose labels fit.
function value(all, name, labels) {
    if (!labels) return all.get(name);
    return [...all].filter(([row]) => row.startsWith(name + "{") && labels.test(row)).reduce((sum, row) => sum + row[1], 0);
}

function span(seconds) {
    const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const at = Math.max(0, units.findIndex(([size]) => seconds >= size));
    return units.slice(at, at + 2).map(([size, unit], i) =>
        Math.floor((i ? seconds % units[at][0] : seconds) / size) + " " + unit).join(" ");
}

function tile(title, value, limit) {
    const data = make("dd", value.toLocaleString());
    if (limit) {
        const meter = make("meter");
        [meter.max, meter.high, meter.value] = [limit, 0.8 * limit, value];
        meter.setAttribute("aria-label", title);
        data.append(make("small", " of " + limit.toLocaleString()), meter);
    }
    return make("div", make("dt", title), data);
}

async function state() {
    const answer = await ask("metrics");
    if (!answer.ok) throw new Error(await reason(answer));
    const all = parse(await answer.text());
    const up = all.get("up") === 1;
    const tiles = TILES.map(([title, name, labels]) => tile(title, value(all, name, labels), all.get(name + "_limit")));
    by("state").replaceChildren(
        tile("XMPP server", up ? "connected" : "not connected"), tile("Running for", span(all.get("uptime_seconds"))),
        ...tiles);
    by("counters").replaceChildren(...[...all].filter(([, value]) => value).map(([name, value]) =>
        make("tr", make("td", name), make("td", value.toLocaleString()))));
}

// Why a request was refused, in the gateway's words.
async function reason(answer) {
    const body = await answer.json().catch(() => ({}));
    return body.error?.text || body.detail || answer.status + " " + answer.statusText;
}

function basic(name, secret) {
    return "Basic " + btoa(String.fromCharCode(...new TextEncoder().encode(name + ":" + secret)));
}

by("login").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [name, secret] = [by("name").value, by("secret").value];
    by("refused").textContent = "";
    try {
        login = name ? basic(name, secret) : "Bearer " + secret;
        await state();
    } catch (error) {
        login = "";
        by("refused").textContent = error.message;
        by("secret").select();
        return;
    }
    by("login").reset();
    by("login").hidden = true;
    by("inside").hidden = false;
    by("to").focus();
});

by("leave").addEventListener("click", () => {
    login = "";
    by("try").reset();
    choose();
    for (const id of ["answer", "state", "counters"]) by(id).replaceChildren();
    by("inside").hidden = true;
    by("login").hidden = false;
    by("name").focus();
});

function choose() {
    by("body-label").hidden = by("what").value !== "message";
}
by("what").addEventListener("change", choose);

by("try").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [what, to, body] = ["what", "to", "body"].map((id) => by(id).value);
    const sends = what === "message";
    const path = sends ? "v1/stanzas" : "v1/" + what + "/" + encodeURIComponent(to);
    const stanza = sends ? JSON.stringify({ kind: "message", type: "chat", to, body }) : undefined;
    const headers = { Accept: "application/json" };
    if (sends) headers["Content-Type"] = "application/json";
    const button = event.submitter || by("try").querySelector("button");
    const start = performance.now();
    button.disabled = true;
    try {
        const answer = await ask(path, { method: sends ? "POST" : "GET", headers, body: stanza });
        const text = await answer.text();
        const took = Math.round(performance.now() - start) + " ms";
        tell((sends ? "POST " : "GET ") + "/" + path, stanza, answer.status + " " + answer.statusText, took, text, answer.ok);
    } catch (error) {
        tell("/" + path, stanza, error.message, "", "", false);
    }
    button.disabled = false;
    look();
});

function tell(request, sent, status, took, text, good) {
    const head = make("h3", status);
    head.className = good ? "good" : "bad";
    const hint = make("p", request + (took && " · " + took));
    hint.className = "hint";
    const all = [head, hint];
    if (sent) all.push(make("pre", sent));
    if (text) {
        try {
            text = JSON.stringify(JSON.parse(text), null, 2);
        } catch { /* Shown as it is. */ }
        const box = make("pre", text);
        box.tabIndex = 0;
        all.push(box);
    } else if (good) {
        all.push(make("p", "It was handed to the XMPP server."));
    }
    by("answer").replaceChildren(...all);
}

document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : look());
choose();
look();
