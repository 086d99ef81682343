/** STOMP 1.2 over k6's WebSocket: text frames, receipts, and a queue of JSON bodies for each subscription. */
import { Counter } from "k6/metrics";
import { WebSocket } from "k6/websockets";
import { DESTINATIONS } from "./calls.js";
import { socketAddress } from "./site.js";

const PATIENCE_SECONDS = 120;
const ESCAPES = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", ":": "\\c" };
const UNESCAPES = { "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\c": ":" };

export const refused = new Counter("stomp_refused"); // an ERROR frame, a refused SEND, or a socket that broke

/** Write a frame. CONNECT is not escaped, as the specification has it for servers of 1.0. */
export function encode(command, headers, body = "") {
  const plain = command === "CONNECT" ? (text) => text : (text) => text.replace(/[\\\n\r:]/g, (one) => ESCAPES[one]);
  const lines = Object.keys(headers).map((name) => `${plain(name)}:${plain(String(headers[name]))}\n`);
  return `${command}\n${lines.join("")}\n${body}\0`;
}

/** Read the frames of a text message; heart-beats between them are passed over. */
export function decode(text) {
  return text.split("\0").map((part) => part.replace(/^[\r\n]+/, "")).filter((part) => part !== "").map(frameOf);
}

function frameOf(part) {
  const end = part.indexOf("\n\n");
  const [command, ...lines] = part.slice(0, end).split("\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)].map(
      (one) => one.replace(/\\[\\nrc]/g, (escaped) => UNESCAPES[escaped]));
    if (!(name in headers)) headers[name] = value; // the first of several counts
  }
  return { command, headers, body: part.slice(end + 2) };
}

/** What comes for one subscription, to be taken one by one. */
export class Queue {
  constructor() {
    this.items = [];
    this.waiting = null;
    this.isClosed = false;
  }

  put(item) {
    this.items.push(item);
    this.wake();
  }

  close() {
    this.isClosed = true;
    this.wake();
  }

  wake() {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) waiting();
  }

  /** The next body, or null once the connection has ended, or nothing has come for so long. */
  async take(seconds = PATIENCE_SECONDS) {
    if (!this.items.length && !this.isClosed) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        this.waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.waiting = null;
    }
    return this.items.length ? this.items.shift() : null;
  }
}

/** One connection of one person. */
export class Line {
  constructor(as) {
    this.numbers = 0;
    this.receipts = new Map();
    this.queues = new Map();
    this.isOver = false;
    this.socket = new WebSocket(socketAddress(), ["v12.stomp"]);
    this.connected = new Promise((resolve) => {
      this.settleConnected = resolve;
    });
    this.socket.onopen = () =>
      this.socket.send(encode("CONNECT", {
        "accept-version": "1.2", host: "k6", "heart-beat": "0,0", Authorization: `Bearer ${as.access}`,
      }));
    this.socket.onmessage = (message) => decode(String(message.data)).forEach((frame) => this.heard(frame));
    this.socket.onerror = () => this.ended();
    this.socket.onclose = () => this.ended();
  }

  /** Connect, log in, and listen for refusals. Throws when that is not to be had. */
  static async open(as) {
    refused.add(0);
    const line = new Line(as);
    if (!(await line.connected)) throw new Error("no STOMP connection");
    await line.subscribe(DESTINATIONS.errors);
    return line;
  }

  /** Returns the subscription's queue once the server has it. */
  async subscribe(destination, headers = {}) {
    const id = String((this.numbers += 1));
    const queue = new Queue();
    this.queues.set(id, queue);
    await this.ask("SUBSCRIBE", { id, destination, ...headers });
    return queue;
  }

  /** Send JSON; returns whether its effect is durable (true) or it was refused (false). */
  send(destination, body) {
    return this.ask("SEND", { destination, "content-type": "application/json" }, JSON.stringify(body));
  }

  close() {
    this.isOver = true;
    this.socket.close();
  }

  ask(command, headers, body) {
    const receipt = `r${(this.numbers += 1)}`;
    const answered = new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(receipt, false), PATIENCE_SECONDS * 1000);
      this.receipts.set(receipt, (isDone) => {
        clearTimeout(timer);
        resolve(isDone);
      });
    });
    this.socket.send(encode(command, { ...headers, receipt }, body));
    return answered;
  }

  settle(receipt, isDone) {
    const resolve = this.receipts.get(receipt);
    this.receipts.delete(receipt);
    if (resolve) resolve(isDone);
  }

  heard(frame) {
    if (frame.command === "CONNECTED") this.settleConnected(true);
    else if (frame.command === "RECEIPT") this.settle(frame.headers["receipt-id"], true);
    else if (frame.command === "ERROR" || frame.headers.destination === DESTINATIONS.errors) this.refuse(frame);
    else if (this.queues.has(frame.headers.subscription)) {
      this.queues.get(frame.headers.subscription).put(JSON.parse(frame.body));
    }
  }

  refuse(frame) {
    refused.add(1);
    console.warn(`refused over STOMP: ${frame.body || frame.headers.message}`);
    this.settle(frame.headers["receipt-id"], false);
  }

  ended() {
    if (!this.isOver) refused.add(1);
    this.isOver = true;
    this.settleConnected(false);
    [...this.receipts.keys()].forEach((receipt) => this.settle(receipt, false));
    this.queues.forEach((queue) => queue.close());
  }
}
