/* Regulars for pages: one line, no dependency, no cookie.
 *
 *   <script async src="https://regulars.example/regulars.js" data-key="rk_…"></script>
 *
 * Before it has loaded, commands wait in an array: window.regulars = window.regulars || []; regulars.push(["track", …]).
 * Attributes: data-key (needed); data-pages="no" sends no page by itself; data-consent="wait" sends and stores nothing
 * until regulars.consent(true).
 */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || (window.regulars && window.regulars.version)) return;
  var key = script.getAttribute("data-key");
  if (!key) { console.error("Regulars: the script's address needs data-key, a tracking key."); return; }

  var origin = new URL(script.src).origin;
  var PREFIX = "regulars.";
  var WAITING_MAX = 1000;   // Events kept while the server cannot be reached; then the oldest goes.
  var ITEM_BYTES_MAX = 32000;
  var BATCH_MAX = 50;
  var KEEPALIVE_BYTES_MAX = 60000;  // Browsers refuse more than 64 KB of a page that closes.
  var PAUSE_MS = 300, PAUSE_MAX_MS = 60000;

  var memory = {};          // Where storage is refused, a page remembers as long as it is open.
  var agreed = script.getAttribute("data-consent") === "wait" ? read("consent") === "yes" : read("consent") !== "no";
  var queue = agreed ? own() : [];
  var timer = null, busy = false, pause = PAUSE_MS;

  function read(name) {
    var found = null;
    try { found = localStorage.getItem(PREFIX + name); } catch (_) { /* Refused. */ }
    return found === null ? memory[name] || null : found;
  }
  function write(name, text) {
    memory[name] = text;
    try { text === null ? localStorage.removeItem(PREFIX + name) : localStorage.setItem(PREFIX + name, text); } catch (_) { /* Full or refused. */ }
  }
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (b) { return (b + 256).toString(16).slice(1); }).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }
  function own() {
    try { return JSON.parse(read("queue") || "[]"); } catch (_) { return []; }
  }
  function keep() { write("queue", queue.length ? JSON.stringify(queue) : null); }
  function anonymous() {
    var id = read("anonymous");
    if (!id) { id = uuid(); if (agreed) write("anonymous", id); else memory.anonymous = id; }
    return id;
  }
  function context() {
    return {
      library: { name: "regulars.js", version: api.version },
      page: { url: location.href, path: location.pathname, search: location.search, title: document.title, referrer: document.referrer },
      locale: navigator.language, userAgent: navigator.userAgent,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen: { width: screen.width, height: screen.height }
    };
  }

  function add(type, more) {
    var item = { type: type, messageId: "js-" + uuid(), anonymousId: anonymous(), timestamp: new Date().toISOString(), context: context() };
    var user = read("user");
    if (user) item.userId = user;
    for (var name in more) if (more[name] !== undefined) item[name] = more[name];
    var size = new Blob([JSON.stringify(item)]).size;
    if (size > ITEM_BYTES_MAX) { console.error("Regulars: this " + type + " has " + size + " bytes; at most " + ITEM_BYTES_MAX + " fit, so it is not sent."); return; }
    queue.push(item);
    if (queue.length > WAITING_MAX) queue.shift();
    if (agreed) { keep(); soon(pause > PAUSE_MS ? pause : PAUSE_MS); }
  }
  function soon(ms) { if (!timer && !busy) timer = setTimeout(send, ms); }

  function body(items) { return JSON.stringify({ writeKey: key, batch: items, sentAt: new Date().toISOString() }); }
  function send() {
    timer = null;
    if (busy || !agreed || !queue.length) return;
    var items = queue.slice(0, BATCH_MAX);
    busy = true;
    // As text: a simple request, so that no browser has to ask first.
    fetch(origin + "/v1/batch", { method: "POST", body: body(items), headers: { "Content-Type": "text/plain" }, credentials: "omit", keepalive: false })
      .then(function (answer) {
        if (answer.ok || (answer.status >= 400 && answer.status < 429)) {
          if (!answer.ok) answer.text().then(function (text) { console.error("Regulars: refused, " + answer.status + ": " + text); });
          drop(items); pause = PAUSE_MS;
        } else later(Number(answer.headers.get("Retry-After")) * 1000);
      })
      .catch(function () { later(0); })
      .then(function () { busy = false; if (queue.length) soon(pause); });
  }
  function later(ms) { pause = Math.min(PAUSE_MAX_MS, Math.max(ms || 0, pause * 2)); }
  function drop(items) {
    var gone = {};
    items.forEach(function (item) { gone[item.messageId] = true; });
    // Another tab of this site may have added to what is stored.
    var stored = own().filter(function (item) { return !gone[item.messageId]; });
    var known = {};
    queue = queue.filter(function (item) { known[item.messageId] = true; return !gone[item.messageId]; })
      .concat(stored.filter(function (item) { return !known[item.messageId]; }));
    keep();
  }
  function leave() {
    if (!agreed || !queue.length || !navigator.sendBeacon) return;
    var items = [], bytes = 200;
    for (var i = 0; i < queue.length && items.length < BATCH_MAX; i++) {
      bytes += new Blob([JSON.stringify(queue[i])]).size + 1;
      if (bytes > KEEPALIVE_BYTES_MAX) break;
      items.push(queue[i]);
    }
    // They stay stored: what arrives twice is one event, by its message id.
    navigator.sendBeacon(origin + "/v1/batch", new Blob([body(items)], { type: "text/plain" }));
  }

  var shown = null;
  function page(name, properties) {
    shown = location.href;
    var about = { path: location.pathname, url: location.href, search: location.search, title: document.title, referrer: document.referrer };
    for (var one in properties || {}) about[one] = properties[one];
    add("page", { name: name, properties: about });
  }
  function moved() { if (location.href !== shown) page(); }

  var api = {
    version: "1",
    track: function (event, properties) { add("track", { event: event, properties: properties || {} }); },
    identify: function (user, traits) {
      if (user !== null && typeof user === "object") { traits = user; user = undefined; }
      if (user !== undefined && user !== null) write("user", String(user));
      add("identify", { userId: user === undefined || user === null ? undefined : String(user), traits: traits || {} });
    },
    page: page,
    group: function (group, traits) { add("group", { groupId: String(group), traits: traits || {} }); },
    alias: function (user, previous) { add("alias", { userId: String(user), previousId: previous === undefined ? anonymous() : String(previous) }); },
    reset: function () { write("user", null); write("anonymous", null); delete memory.anonymous; delete memory.user; },
    anonymousId: anonymous,
    flush: function () { if (timer) clearTimeout(timer); timer = null; send(); },
    consent: function (yes) {
      agreed = !!yes;
      write("consent", yes ? "yes" : "no");
      if (yes) { write("anonymous", anonymous()); keep(); soon(0); } else { queue = []; keep(); api.reset(); }
    },
    push: function (command) { var name = command[0]; if (typeof api[name] === "function") api[name].apply(api, Array.prototype.slice.call(command, 1)); }
  };

  var waiting = Array.isArray(window.regulars) ? window.regulars : [];
  window.regulars = api;
  addEventListener("pagehide", leave);
  addEventListener("online", function () { pause = PAUSE_MS; soon(0); });
  if (script.getAttribute("data-pages") !== "no") {
    page();
    ["pushState", "replaceState"].forEach(function (name) {
      var original = history[name];
      history[name] = function () { var result = original.apply(this, arguments); setTimeout(moved, 0); return result; };
    });
    addEventListener("popstate", function () { setTimeout(moved, 0); });
  }
  waiting.forEach(api.push);
  if (agreed && queue.length) soon(0);
})();
