/* The inbox and notifications of Regulars for pages: one line, no dependency, no cookie.
 *
 *   <script src="https://regulars.example/ch/messages.js"></script>
 *
 *   var inbox = regularsInbox("cards", token);          // The channel's key, and a token your server asked for.
 *   inbox.list().then(function (found) { found.unread; found.cards; });
 *   inbox.read(["crd_z8"]); inbox.read(); inbox.dismiss(["crd_z8"]);
 *   inbox.show(document.querySelector("#messages"));    // Or a plain list of them, as text.
 *
 *   regularsNotifications("push", token, "/worker.js"); // After a press on a button: browsers ask only then.
 */
(function () {
  "use strict";
  var script = document.currentScript;
  var origin = script ? new URL(script.src).origin : "";

  function ask(method, path, token, body) {
    return fetch(origin + "/ch/" + path, {
      method: method, credentials: "omit", mode: "cors",
      headers: Object.assign({ authorization: "Bearer " + token }, body ? { "content-type": "application/json" } : {}),
      body: body ? JSON.stringify(body) : undefined
    }).then(function (answer) {
      if (!answer.ok) throw new Error("Regulars answered " + answer.status);
      return answer.status === 204 ? null : answer.json();
    });
  }

  window.regularsInbox = function (channel, token) {
    var at = encodeURIComponent(channel);
    var inbox = {
      list: function (before) { return ask("GET", at + "/cards" + (before ? "?before=" + encodeURIComponent(before) : ""), token); },
      read: function (cards) { return ask("POST", at + "/cards/read", token, cards ? { cards: cards } : {}); },
      dismiss: function (cards) { return ask("POST", at + "/cards/dismiss", token, { cards: cards }); },
      show: function (place) {
        return inbox.list().then(function (found) {
          place.textContent = "";
          found.cards.forEach(function (card) { place.appendChild(drawn(card, inbox)); });
          return found;
        });
      }
    };
    return inbox;
  };

  function drawn(card, inbox) {
    var box = document.createElement("article"), title = document.createElement("strong"), text = document.createElement("p");
    box.className = card.read ? "regulars-card regulars-read" : "regulars-card";
    title.textContent = card.title;
    text.textContent = card.body;
    box.append(title, text);
    if (/^https?:/.test(card.link)) {
      var link = document.createElement("a");
      link.href = card.link;
      link.textContent = card.title;
      title.textContent = "";
      title.appendChild(link);
    }
    var away = document.createElement("button");
    away.type = "button";
    away.textContent = "×";
    away.setAttribute("aria-label", "Dismiss");
    away.addEventListener("click", function () { inbox.dismiss([card.id]).then(function () { box.remove(); }); });
    box.appendChild(away);
    if (!card.read) inbox.read([card.id]);
    return box;
  }

  window.regularsNotifications = function (channel, token, worker) {
    var at = encodeURIComponent(channel);
    return navigator.serviceWorker.register(worker).then(function () {
      return Promise.all([navigator.serviceWorker.ready, ask("GET", at + "/push/key", token)]);
    }).then(function (found) {
      return found[0].pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(found[1].key) });
    }).then(function (subscription) {
      return ask("POST", at + "/push/subscriptions", token, subscription.toJSON());
    });
  };

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }
})();
