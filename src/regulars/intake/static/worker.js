/* Shows notifications of Regulars. A browser takes a worker from the page's own site only: there a file of one line,
 *
 *   importScripts("https://regulars.example/ch/worker.js");
 */
self.addEventListener("push", function (event) {
  var told = {};
  try { told = event.data ? event.data.json() : {}; } catch (error) { return; }
  event.waitUntil(self.registration.showNotification(told.title || "", {
    body: told.body || "", image: told.image || undefined, tag: told.id, data: { link: told.link || "/" }
  }));
});
self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  var link = event.notification.data && event.notification.data.link;
  if (link && /^(https?:|\/)/.test(link)) event.waitUntil(self.clients.openWindow(link));
});
