// One STOMP connection, kept for as long as the page is there: it comes back by itself, with a fresh token, and
// listens anew. Everything from outside (the STOMP client, the token, time) is handed in, so that node can test it.

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 30_000;
export const STEADY_MS = 10_000; // a connection that lasted so long has proved itself: pauses begin anew
export const CONNECT_MS = 10_000;
export const RECEIPT_MS = 20_000;
export const PROBE_MS = 4_000;

const ERRORS = "/user/queue/errors";
/** @type {Set<string | undefined>} */
const WITH_A_NEW_TOKEN = new Set(["token_expired", "token_invalid", "not_authenticated", "login_ended"]);
const TOO_MANY = 429;
const SERVER_FAULT = 500;

/**
 * Milliseconds until the next attempt: twice as long after each failure, and never in step with everybody else.
 *
 * @param {number} attempt
 */
export function pauseBefore(attempt, random = Math.random) {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return longest * (0.5 + random() / 2);
}

export class LiveClient {
  /** @param {Live.Outside} outside */
  constructor(outside) {
    this.#outside = outside;
  }

  #outside;
  /** @type {Live.State} */
  #state = "idle";
  /** @type {Set<(state: Live.State) => void>} */
  #watchers = new Set();
  /** @type {Set<Live.Subscription>} */
  #subscriptions = new Set();
  /** @type {Live.Message[]} */
  #unsent = []; // sends that wait for the connection that is being made
  /** @type {Map<string | undefined, Live.Promised & {timer: any}>} */
  #receipts = new Map(); // by the receipt's id
  /** @type {Live.StompClient | null} */
  #client = null;
  /** @type {Live.Handle | null} */
  #refusals = null; // the connection's own subscription to what the server refuses
  #isOpening = false;
  #isConnected = false;
  #isResting = false;
  #connectedAt = 0;
  #attempt = 0;
  /** @type {any} */
  #timer = null;
  /** @type {any} */
  #watchdog = null;
  /** @type {Api.ProblemDocument | null} */
  #error = null; // the problem document of the ERROR that ended the last connection, or ends this one
  /** @type {any} */
  #end = null; // why there will be no further connection
  #count = 0;

  /** "idle" (nobody needs it yet), "connecting", "connected", "lost" (it tries again), or "ended" (it does not). */
  get state() {
    return this.#state;
  }

  /** Whether the server will have no more connections of this account for the moment: too many are open already. */
  get isOneTooMany() {
    return this.#state === "lost" && this.#error?.status === TOO_MANY && this.#error.budget === "connections";
  }

  /**
   * Call `fn(state)` at every change, and after every connection that was made anew. Returns what ends that.
   *
   * @param {(state: Live.State) => void} fn
   */
  onState(fn) {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
  }

  /**
   * Listen to a destination, now and after every reconnection.
   *
   * @param {string} destination
   * @param {(body: any, headers: Live.Headers) => void} heard  the JSON body of each MESSAGE
   * @param {object} options
   * @param {() => Live.Headers} [options.headers]  asked anew each time, such as for the last number seen
   * @param {(problem: Error) => void} [options.refused]  the server will not have it; it is not tried again
   * @returns {() => void} what ends it
   */
  subscribe(destination, heard, { headers = () => ({}), refused = () => {} } = {}) {
    /** @type {Live.Subscription} */
    const subscription = { destination, heard, headers, refused, handle: null, receipt: null };
    this.#subscriptions.add(subscription);
    if (this.#isConnected && this.#client) this.#listen(this.#client, subscription);
    else this.#start();
    return () => {
      this.#subscriptions.delete(subscription);
      if (subscription.handle && this.#isConnected) subscription.handle.unsubscribe();
      subscription.handle = null;
    };
  }

  /**
   * Send a body as JSON. With a receipt the promise is kept when the effect is durable; it is rejected with the
   * server's refusal, or with the lost connection, after which it is not known whether it arrived. Without one,
   * it is a word for now: nobody hears of it where there is no connection.
   *
   * @param {string} destination
   * @param {any} body
   * @returns {Promise<void>}
   */
  send(destination, body, { receipt = true } = {}) {
    if (this.#state === "ended") return Promise.reject(this.#end);
    if (!this.#isConnected && (!receipt || this.#state === "lost")) {
      return receipt ? Promise.reject(this.#outside.lost()) : Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const message = { destination, body: JSON.stringify(body), receipt, resolve, reject };
      if (this.#isConnected && this.#client) this.#transmit(this.#client, message);
      else this.#unsent.push(message);
      this.#start();
    });
  }

  /** Try at once instead of after the pause: the network, or the person, is back. */
  hurry() {
    if (this.#isResting || this.#state !== "lost") return;
    this.#attempt = 0;
    this.#clearTimer();
    this.#open();
  }

  /** Find out whether the connection is still there; one that does not answer is given up. */
  probe() {
    const client = this.#client;
    if (!this.#isConnected || !client) return;
    const timer = this.#outside.setTimeout(() => this.#client === client && this.#giveUp(), PROBE_MS);
    const id = this.#name("probe");
    client.watchForReceipt(id, () => this.#outside.clearTimeout(timer));
    const former = this.#refusals;
    this.#hearRefusals(client);
    former?.unsubscribe({ receipt: id });
  }

  /** Close while nobody looks (the page is kept by the browser); `wake` connects again. */
  rest() {
    this.#isResting = true;
    this.#clearTimer();
    this.#giveUp();
  }

  wake() {
    if (!this.#isResting) return;
    this.#isResting = false;
    this.#attempt = 0;
    if (this.#state !== "idle") this.#open();
  }

  /**
   * The log-in has ended: close, and never try again.
   *
   * @param {unknown} reason
   */
  stop(reason) {
    if (this.#state === "ended") return;
    this.#end = reason;
    this.#clearTimer();
    const client = this.#client;
    this.#closed();
    if (client) client.deactivate({ force: true });
    this.#become("ended");
  }

  // How a connection comes to be

  #start() {
    if (this.#state === "idle") this.#open();
  }

  async #open({ renew = false, isQuiet = false } = {}) {
    if (this.#client || this.#isOpening || this.#hasEnded()) return;
    this.#isOpening = true;
    if (!isQuiet && this.#state === "idle") this.#become("connecting");
    try {
      const token = await this.#outside.accessToken({ renew });
      if (this.#hasEnded() || this.#isResting) return;
      this.#connect(token);
    } catch (error) {
      this.#error = null;
      if (this.#outside.isEnd(error)) this.stop(error);
      else this.#failed();
    } finally {
      this.#isOpening = false;
    }
  }

  #hasEnded() {
    return this.#state === "ended";
  }

  /** @param {string} token */
  #connect(token) {
    this.#error = null;
    /** @type {Live.StompClient} */
    const client = this.#outside.makeClient({
      connectHeaders: { Authorization: `Bearer ${token}` },
      onConnect: () => this.#client === client && this.#connected(client),
      onStompError: (frame) => this.#client === client && this.#refused(frame),
      onWebSocketClose: () => this.#client === client && this.#wasClosed(),
    });
    this.#client = client;
    this.#watchdog = this.#outside.setTimeout(() => this.#client === client && this.#giveUp(), CONNECT_MS);
    client.activate();
  }

  /** @param {Live.StompClient} client */
  #connected(client) {
    this.#outside.clearTimeout(this.#watchdog);
    this.#isConnected = true;
    this.#connectedAt = this.#outside.now();
    this.#hearRefusals(client);
    for (const subscription of [...this.#subscriptions]) this.#listen(client, subscription);
    for (const message of this.#unsent.splice(0)) this.#transmit(client, message);
    this.#become("connected");
  }

  /**
   * @param {Live.StompClient} client
   * @param {Live.Subscription} subscription
   */
  #listen(client, subscription) {
    subscription.receipt = this.#name("listen");
    const headers = { ...subscription.headers(), receipt: subscription.receipt };
    client.watchForReceipt(subscription.receipt, () => (subscription.receipt = null));
    const heard = (/** @type {Live.Frame} */ message) => {
      if (!this.#subscriptions.has(subscription)) return;
      try {
        subscription.heard(JSON.parse(message.body), message.headers);
      } catch (error) {
        this.#outside.report(error);
      }
    };
    subscription.handle = client.subscribe(subscription.destination, heard, headers);
  }

  /**
   * @param {Live.StompClient} client
   * @param {Live.Message} message
   */
  #transmit(client, { destination, body, receipt, resolve, reject }) {
    if (!receipt) {
      client.publish({ destination, body });
      resolve();
      return;
    }
    const id = this.#name("send");
    const timer = this.#outside.setTimeout(() => this.#settle(id, (one) => one.reject(this.#outside.lost())), RECEIPT_MS);
    this.#receipts.set(id, { resolve, reject, timer });
    client.watchForReceipt(id, () => this.#settle(id, (one) => one.resolve()));
    client.publish({ destination, body, headers: { receipt: id } });
  }

  /**
   * @param {string | undefined} id
   * @param {(one: Live.Promised) => void} how
   */
  #settle(id, how) {
    const one = this.#receipts.get(id);
    if (!one) return;
    this.#receipts.delete(id);
    this.#outside.clearTimeout(one.timer);
    how(one);
  }

  // How the server says no

  /** @param {Live.StompClient} client */
  #hearRefusals(client) {
    this.#refusals = client.subscribe(ERRORS, (message) => {
      const problem = this.#outside.problem(documentOf(message));
      this.#settle(message.headers["receipt-id"], (one) => one.reject(problem));
    });
  }

  /**
   * An ERROR: the server closes behind it. A subscription that it refused is not asked for again.
   *
   * @param {Live.Frame} frame
   */
  #refused(frame) {
    this.#error = documentOf(frame);
    const receipt = frame.headers["receipt-id"];
    const problem = this.#outside.problem(this.#error);
    this.#settle(receipt, (one) => one.reject(problem));
    const { code, status } = this.#error;
    if (WITH_A_NEW_TOKEN.has(code) || (status ?? 0) >= SERVER_FAULT || status === TOO_MANY) return;
    for (const subscription of [...this.#subscriptions]) {
      if (receipt && subscription.receipt === receipt) {
        this.#subscriptions.delete(subscription);
        this.#error = { ...this.#error, code: "subscription_refused" };
        subscription.refused(problem);
      }
    }
  }

  // How a connection ends

  #giveUp() {
    const client = this.#client;
    if (!client) return;
    this.#wasClosed();
    client.deactivate({ force: true });
  }

  #closed() {
    this.#outside.clearTimeout(this.#watchdog);
    if (this.#isConnected && this.#outside.now() - this.#connectedAt >= STEADY_MS) this.#attempt = 0;
    this.#client = null;
    this.#isConnected = false;
    for (const id of [...this.#receipts.keys()]) this.#settle(id, (one) => one.reject(this.#outside.lost()));
    for (const subscription of this.#subscriptions) subscription.handle = null;
  }

  #wasClosed() {
    const code = this.#error?.code;
    this.#closed();
    const wasFirst = this.#attempt === 0;
    // A token that has run out, and one subscription that was refused, are nobody else's loss: at once, and unseen.
    const isQuiet = code === "subscription_refused" || (WITH_A_NEW_TOKEN.has(code) && wasFirst);
    if (!isQuiet || this.#isResting) {
      this.#failed({ renew: WITH_A_NEW_TOKEN.has(code) });
      return;
    }
    this.#attempt += 1;
    this.#open({ renew: code !== "subscription_refused", isQuiet });
  }

  #failed({ renew = false } = {}) {
    for (const message of this.#unsent.splice(0)) message.reject(this.#outside.lost());
    if (this.#state !== "lost") this.#become("lost");
    if (this.#isResting) return;
    const asked = 1000 * (this.#error?.retry_after ?? 0); // by the server
    const pause = Math.max(asked, pauseBefore(this.#attempt, this.#outside.random));
    this.#attempt += 1;
    this.#clearTimer();
    this.#timer = this.#outside.setTimeout(() => this.#open({ renew }), pause);
  }

  #clearTimer() {
    this.#outside.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {Live.State} state */
  #become(state) {
    this.#state = state;
    if (state === "ended") for (const message of this.#unsent.splice(0)) message.reject(this.#end);
    for (const fn of [...this.#watchers]) fn(state);
  }

  /** @param {string} what */
  #name(what) {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }
}

/**
 * The problem that a frame tells; `retry_after` seconds are in its headers.
 *
 * @param {Live.Frame} frame
 * @returns {Api.ProblemDocument}
 */
function documentOf(frame) {
  const asked = Number(frame.headers["retry-after"]);
  try {
    const document = JSON.parse(frame.body);
    return asked > 0 ? { ...document, retry_after: asked } : document;
  } catch {
    return { code: frame.headers.code ?? "protocol", status: 400, title: frame.headers.message ?? "", detail: "" };
  }
}
