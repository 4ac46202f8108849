// Sends events with the published client for Node: node send.mjs HOST KEY FIRST COUNT
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, first, count] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 20, flushInterval: 200, maxRetries: 30, httpRequestTimeout: 5000 });
analytics.on("error", (error) => console.error(String(error.code), String(error.reason)));
analytics.identify({ userId: "node-1", traits: { email: "node@example.com", plan: { name: "gold", seats: 3 } } });
analytics.group({ userId: "node-1", groupId: "acme", traits: { name: "Acme", employees: 12 } });
for (let n = Number(first); n < Number(first) + Number(count); n++) {
  analytics.track({ userId: "node-1", event: "Counted", properties: { n, price: 4.1, words: "ünïcödé ✓ <b>" } });
}
analytics.page({ anonymousId: "node-anonymous", name: "Home", properties: { path: "/" } });
analytics.screen({ userId: "node-1", name: "Start" });
analytics.alias({ userId: "node-1", previousId: "node-anonymous" });
await analytics.closeAndFlush({ timeout: 60000 });
console.log("done");
