// One conversation as its people see it: the numbered log, what waits to be sent, who reads and who types.
// Nothing here knows a page or a network, so that node can test it; both the customer's panel and the desk use it.

export const PAGE = 50; // entries that are asked for at once
export const TYPING_EVERY_MS = 3_000;
export const TYPING_LASTS_MS = 6_000;
export const AGAIN_MS = 5_000; // after a send whose fate is unknown while the connection seems to be there

const TOO_MANY = 429;
const SERVER_FAULT = 500;
const OVER = new Set(["ENDED", "ABANDONED"]);
const LEFT = new Set(["left_line", "inquiry"]);

/** @typedef {{id: string, content: string, attachment: object | null, at: number, state: string, problem: Error | null}} Pending */

export class Talk {
  /**
   * @param {object} options
   * @param {any} options.session  the conversation as the API shows it
   * @param {{id: number, role: string}} options.me  role: "customer", "counselor" or "supervisor"
   * @param {(body: any, options?: {receipt?: boolean}) => Promise<void>} options.send  rejected with a problem that has
   *   a `status`, or with any error when the connection was lost
   * @param {any} options.keep  see drafts.js
   * @param {boolean} [options.isWatching]  shows neither typing nor reading to the others
   * @param {() => number} [options.now]
   * @param {(fn: () => void, ms: number) => any} [options.later]
   * @param {() => string} [options.newId]
   */
  constructor({ session, me, send, keep, isWatching = false, now = Date.now, later = setTimeout, newId = randomId }) {
    this.me = me;
    this.sessionId = session.id;
    this.#send = send;
    this.#keep = keep;
    this.#isWatching = isWatching;
    this.#now = now;
    this.#later = later;
    this.#newId = newId;
    this.#known = session.last_seq;
    this.#cursor = Math.max(0, session.last_seq - PAGE);
    this.#read = { customer: session.customer_read_seq ?? 0, counselor: session.counselor_read_seq ?? 0 };
    this.#pending = keep.messages(session.id).map((message) => ({ ...message, state: "waiting", problem: null }));
    this.#take(session);
  }

  #send;
  #keep;
  #isWatching;
  #now;
  #later;
  #newId;
  #known; // the last number that was there when the conversation was opened
  #cursor; // the last number that was heard, in order
  #read; // how far each side has read
  #entries = [];
  #pending = [];
  #typing = new Map(); // user id -> {role, until}
  #typedAt = -Infinity;
  #isPumping = false;
  #changed = new Set();
  #heard = new Set();

  /** Call `fn()` after every change. Returns what ends that. */
  onChange(fn) {
    this.#changed.add(fn);
    return () => this.#changed.delete(fn);
  }

  /** Call `fn(entry)` for each entry of somebody else that is new to this page. Returns what ends that. */
  onEntry(fn) {
    this.#heard.add(fn);
    return () => this.#heard.delete(fn);
  }

  // What there is to see

  get entries() {
    return this.#entries;
  }

  /** The number that the next subscription names: it hears what comes after. */
  get lastSeq() {
    return this.#cursor;
  }

  get firstSeq() {
    return this.#entries[0]?.seq ?? this.#cursor + 1;
  }

  get hasOlder() {
    return this.firstSeq > 1;
  }

  get isOver() {
    return OVER.has(this.status);
  }

  get canWrite() {
    return this.status === "IN_PROGRESS" && !this.#isWatching;
  }

  get lastMessage() {
    return this.#entries.findLast((entry) => entry.type === "MESSAGE") ?? null;
  }

  /** How many messages of the others I have not seen yet, of those that are here. */
  get unread() {
    const seen = this.#myReadSeq;
    return this.#entries.filter((one) => one.type === "MESSAGE" && one.seq > seen && !this.#isMine(one)).length;
  }

  get theirReadSeq() {
    return this.me.role === "customer" ? this.#read.counselor : this.#read.customer;
  }

  /** Who is typing right now, as [{id, role}]. */
  get typists() {
    const now = this.#now();
    return [...this.#typing].filter(([, one]) => one.until > now).map(([id, { role }]) => ({ id, role }));
  }

  get hasUnsent() {
    return this.#pending.some((one) => one.state !== "sent");
  }

  /** What a page shows, in order: entries of the log, then what waits to be one. A message keeps its key. */
  get rows() {
    const said = this.#entries.map((entry) => ({
      kind: "entry",
      key: this.#isMine(entry) && entry.client_message_id ? `m:${entry.client_message_id}` : `e:${entry.seq}`,
      entry,
      isMine: this.#isMine(entry),
      isRead: entry.seq <= this.theirReadSeq,
    }));
    return [...said, ...this.#pending.map((message) => ({ kind: "pending", key: `m:${message.id}`, message }))];
  }

  get draft() {
    return this.#keep.draft(this.sessionId);
  }

  set draft(text) {
    this.#keep.setDraft(this.sessionId, text);
  }

  /** Files that were uploaded and not sent yet. */
  get draftFiles() {
    return JSON.parse(this.#keep.draft(`${this.sessionId}:files`) || "[]");
  }

  set draftFiles(attachments) {
    this.#keep.setDraft(`${this.sessionId}:files`, attachments.length ? JSON.stringify(attachments) : "");
  }

  // What comes in

  /** Take in what the conversation's destination says: an entry of the log, or a word about typing or reading. */
  hear(event) {
    if (event.seq === undefined) this.#hearLive(event);
    else this.#hearEntry(event);
    this.#tell();
  }

  /** Put older entries before those that are here. */
  prepend(entries) {
    const first = this.firstSeq;
    this.#entries = [...entries.filter((entry) => entry.seq < first), ...this.#entries];
    this.#tell();
  }

  /** Take in the conversation as the API shows it now, unless the log here is newer. */
  setSession(session) {
    if (session.last_seq < this.#cursor) return;
    this.#take(session);
    this.#tell();
    this.flush();
  }

  #hearLive(event) {
    if (event.type === "READ") {
      const side = event.sender.role;
      if (side in this.#read) this.#read[side] = Math.max(this.#read[side], event.seq_read);
    } else if (event.type === "TYPING" && event.sender.id !== this.me.id) {
      this.#typing.set(event.sender.id, { role: event.sender.role, until: this.#now() + TYPING_LASTS_MS });
    }
  }

  #hearEntry(entry) {
    if (entry.seq <= this.#cursor) return;
    this.#cursor = entry.seq;
    this.#entries.push(entry);
    this.#typing.delete(entry.sender.id);
    const isNew = entry.seq > this.#known;
    if (isNew) this.#follow(entry);
    if (this.#isMine(entry)) {
      this.#drop(entry.client_message_id);
    } else if (isNew) {
      for (const fn of [...this.#heard]) fn(entry);
    }
  }

  /** The conversation's state goes by its log. */
  #follow(entry) {
    if (entry.type === "ACCEPTED") {
      this.status = "IN_PROGRESS";
      this.counselor = entry.counselor ?? this.counselor;
      this.flush();
    } else if (entry.type === "TRANSFERRED") {
      this.counselor = entry.to?.counselor ?? null;
      this.status = this.counselor ? "IN_PROGRESS" : "WAITING";
    } else if (entry.type === "ENDED") {
      this.status = LEFT.has(entry.reason) ? "ABANDONED" : "ENDED";
      this.endReason = entry.reason;
      this.#refuseAll();
    }
  }

  #take(session) {
    this.status = session.status;
    this.counselor = session.counselor ?? null;
    this.endReason = session.end_reason || null;
    if (this.isOver) this.#refuseAll();
  }

  #isMine(entry) {
    return entry.sender.id === this.me.id && entry.type === "MESSAGE";
  }

  // What goes out

  /** Say something: it is shown and kept at once, and sent in its turn. Returns its id, or null for nothing. */
  say(text, attachment = null) {
    const content = text.trimEnd();
    if (!content.trim() && !attachment) return null;
    const message = { id: this.#newId(), content, attachment, at: this.#now() };
    this.#keep.put(this.sessionId, message);
    this.#pending.push({ ...message, state: this.isOver ? "failed" : "waiting", problem: null });
    this.#tell();
    this.flush();
    return message.id;
  }

  /** Try a message that failed once more. It has the same id, so that it counts once whatever became of it. */
  retry(id) {
    const message = this.#pending.find((one) => one.id === id);
    if (!message || this.isOver) return;
    Object.assign(message, { state: "waiting", problem: null });
    this.#tell();
    this.flush();
  }

  discard(id) {
    this.#drop(id);
    this.#tell();
  }

  /** Send what waits, one after the other in the order it was said. Call it whenever a connection stands. */
  flush() {
    if (!this.#isPumping) this.#pump();
  }

  /** Show that I am typing; at most once in a while. */
  type() {
    const now = this.#now();
    if (!this.canWrite || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#whisper({ type: "TYPING" });
  }

  /** I have seen the log up to here. Say so when the page is in front and the log is visible. */
  see(seq = this.#cursor) {
    if (this.#isWatching || seq <= this.#myReadSeq || !(this.me.role in this.#read)) return;
    this.#read[this.me.role] = seq;
    this.#whisper({ type: "READ", seq });
    this.#tell();
  }

  /** Say again how far I have read: a word about reading is lost with the connection. */
  seeAgain() {
    if (!this.#isWatching && this.#myReadSeq) this.#whisper({ type: "READ", seq: this.#myReadSeq });
  }

  end() {
    return this.#send({ type: "END" }, { receipt: true });
  }

  get #myReadSeq() {
    return this.#read[this.me.role] ?? 0;
  }

  async #pump() {
    this.#isPumping = true;
    let message;
    try {
      while (this.canWrite && (message = this.#pending.find((one) => one.state === "waiting"))) {
        if (!(await this.#deliver(message))) return;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Send one message; tell whether the next one may be sent. */
  async #deliver(message) {
    message.state = "sending";
    this.#tell();
    const { id, content, attachment } = message;
    const body = { type: "MESSAGE", client_message_id: id, content };
    if (attachment) body.attachment_id = attachment.id;
    try {
      await this.#send(body, { receipt: true });
    } catch (error) {
      return this.#settleRefusal(message, error);
    }
    message.state = "sent"; // its entry takes its place
    this.#keep.drop(this.sessionId, id);
    this.#tell();
    return true;
  }

  #settleRefusal(message, error) {
    if (!this.#pending.includes(message)) return true; // its entry has come all the same
    const waitsForSomebody = error.code === "session_state" && !this.isOver;
    const isUnknown = error.status === undefined || error.status >= SERVER_FAULT || error.status === TOO_MANY;
    if (waitsForSomebody || isUnknown) {
      message.state = this.isOver ? "failed" : "waiting";
      this.#tell();
      this.#later(() => this.flush(), (error.retryAfter ?? 0) * 1000 || AGAIN_MS);
      return false;
    }
    Object.assign(message, { state: "failed", problem: error });
    this.#tell();
    return true;
  }

  /** What still waits when the conversation ends is never sent, and stays to be copied. */
  #refuseAll() {
    for (const message of this.#pending) if (message.state === "waiting") message.state = "failed";
  }

  #drop(id) {
    this.#keep.drop(this.sessionId, id);
    this.#pending = this.#pending.filter((one) => one.id !== id);
  }

  #whisper(body) {
    this.#send(body, { receipt: false }).catch(() => {}); // a word for now: the next one will do
  }

  #tell() {
    for (const fn of [...this.#changed]) fn();
  }
}

function randomId() {
  const octets = crypto.getRandomValues(new Uint8Array(16)); // randomUUID() is only there over TLS
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
