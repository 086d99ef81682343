// The page's live connection: STOMP over /ws by @stomp/stompjs. See live-client.js for what it promises.
//
//   live.subscribe(destination, (body, headers) => ..., {headers: () => ({...}), refused: (problem) => ...}) -> unsubscribe
//   live.send(destination, body, {receipt: true}) -> Promise
//   live.onState((state) => ...), live.state: "idle", "connecting", "connected", "lost", "ended"
import "../vendor/stompjs/stomp.umd.min.js"; // a third of what its modules weigh; it is no module itself
import { accessToken, ConnectionLost, LoginEnded, Problem } from "./api.js";
import { LiveClient } from "./live-client.js";

// A page in the background runs its timers once a minute, and the server waits for twice what is promised here.
const WE_SPEAK_EVERY_MS = 40_000;
const SERVER_SPEAKS_EVERY_MS = 10_000;

function address() {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/ws`;
}

export const live = new LiveClient({
  makeClient: (handlers) =>
    new StompJs.Client({
      brokerURL: address(),
      reconnectDelay: 0, // LiveClient decides when
      heartbeatOutgoing: WE_SPEAK_EVERY_MS,
      heartbeatIncoming: SERVER_SPEAKS_EVERY_MS,
      discardWebsocketOnCommFailure: true, // a dead network would keep a closing socket for minutes
      ...handlers,
    }),
  accessToken: ({ renew }) => accessToken({ fresh: renew }),
  lost: () => new ConnectionLost(),
  problem: (document) => new Problem(document, { status: document.status, retryAfter: document.retry_after ?? null }),
  isEnd: (error) => error instanceof LoginEnded,
  report: (error) => window.reportError(error),
  now: () => Date.now(),
  setTimeout: (fn, ms) => window.setTimeout(fn, ms),
  clearTimeout: (id) => window.clearTimeout(id),
  random: Math.random,
});

document.addEventListener("login-ended", (event) => live.stop(new LoginEnded(event.detail?.reason)));
window.addEventListener("online", () => (live.state === "connected" ? live.probe() : live.hurry()));
window.addEventListener("offline", () => live.probe());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  if (live.state === "connected") live.probe();
  else live.hurry();
});
window.addEventListener("pagehide", () => live.rest());
window.addEventListener("pageshow", () => live.wake());
