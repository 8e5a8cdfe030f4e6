// SPDX-License-Identifier: GPL-3.0-or-later
// naive.mjs: what one writes first with node's `ws`: each report goes to each viewer of its job at once.
// Usage: naive.mjs JOBS PERIOD_MS. Prints its address.
import { WebSocketServer } from "ws";

const [jobs, period] = process.argv.slice(2).map(Number);
const viewers = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}`));
server.on("connection", (socket, request) => {
  const job = request.url.split("/").pop();
  if (!viewers.has(job)) viewers.set(job, new Set());
  viewers.get(job).add(socket);
  socket.on("close", () => viewers.get(job).delete(socket));
});

let seq = 0;
function report(job) {
  const text = JSON.stringify({
    job, seq: seq++, percent: 12.34, speed: 0.123, eta_s: 123.4, eta_low_s: 100.1, eta_high_s: 150.2, eta_text: "about 2 min",
    counts: { upscale: ["running", Date.now() % 1e9, 1e9] },
  });
  for (const socket of viewers.get(job) ?? []) socket.send(text);
}
for (let i = 1; i <= jobs; i++)
  setTimeout(() => setInterval(report, period, `j${i}`), (i * 7919) % period);
