// What the tests of clients share: where the platform is, and small helpers to wait.
import { createRequire } from "node:module";
import { Client } from "@stomp/stompjs";
import WebSocket from "ws";

const require = createRequire(import.meta.url);
const SockJS = require("sockjs-client");

export const TOKEN = required("STOMP_TEST_TOKEN");
const URL_OF_PLATFORM = required("STOMP_TEST_URL"); // http://127.0.0.1:PORT

const LONGEST_MS = 1000 * Number(required("LONGEST_SECONDS")); // of the suite: only so that a hang ends at all
require("sockjs-client/lib/info-receiver").timeout = LONGEST_MS;
let names = 0;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** A destination that no other test uses. */
export function fresh(kind) {
  names += 1;
  return `/${kind}/${process.pid}-${names}`;
}

export function overWebSocket(path = "/ws") {
  return () => new WebSocket(URL_OF_PLATFORM.replace("http", "ws") + path, ["v12.stomp", "v11.stomp", "v10.stomp"]);
}

export function overSockJS(transport) {
  return () => new SockJS(`${URL_OF_PLATFORM}/ws/connect`, null, { transports: [transport], timeout: LONGEST_MS });
}

/** Make a client that is not active yet. It does not reconnect unless a test asks for it. */
export function makeClient(webSocketFactory, options = {}) {
  return new Client({
    webSocketFactory,
    connectHeaders: { Authorization: `Bearer ${TOKEN}` },
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
    ...options,
  });
}

/** Connect; the test's end closes the connection. */
export async function connected(t, webSocketFactory = overWebSocket(), options = {}) {
  const client = makeClient(webSocketFactory, options);
  t.after(() => client.deactivate({ force: true }));
  await within("CONNECTED", (resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.activate();
  });
  return client;
}

/** Wait for a callback. */
export function within(what, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${what}`)), LONGEST_MS);
    const done = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    start(done(resolve), done(reject));
  });
}

/** Do something that asks for a receipt, and wait for it. */
export function receipted(client, act) {
  names += 1;
  const receipt = `receipt-${names}`;
  return within(`RECEIPT ${receipt}`, (resolve) => {
    client.watchForReceipt(receipt, resolve);
    act({ receipt });
  });
}

/** Subscribe, wait until it stands, and return the messages as they come. */
export async function listen(client, destination, headers = {}) {
  const inbox = new Inbox();
  await receipted(client, (receipt) => {
    inbox.subscription = client.subscribe(destination, (message) => inbox.put(message), { ...headers, ...receipt });
  });
  return inbox;
}

export class Inbox {
  #messages = [];
  #readers = [];

  put(message) {
    const reader = this.#readers.shift();
    if (reader) reader(message);
    else this.#messages.push(message);
  }

  next() {
    if (this.#messages.length) return Promise.resolve(this.#messages.shift());
    return within("MESSAGE", (resolve) => this.#readers.push(resolve));
  }

  get isEmpty() {
    return this.#messages.length === 0;
  }
}
