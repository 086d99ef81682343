// One conversation as its people see it: the numbered log, what waits to be sent, who reads and who types (whispers.js).
// Nothing here knows a page or a network, so that node can test it; both the customer's panel and the desk use it.
import { Outbox } from "./outbox.js";
import { Whispers } from "./whispers.js";

export const PAGE = 50; // entries that are asked for at once

const OVER = new Set(["ENDED", "ABANDONED"]);
const LEFT = new Set(["left_line", "inquiry"]);

export class Talk {
  /** @param {Counsel.TalkOptions} options */
  constructor({ session, me, send, keep, isWatching = false, now = Date.now, later, newId }) {
    this.me = me;
    this.sessionId = session.id;
    this.#send = send;
    this.#keep = keep;
    this.#isWatching = isWatching;
    this.#known = session.last_seq;
    this.#cursor = Math.max(0, session.last_seq - PAGE);
    this.#whispers = new Whispers({ session, me, isWatching, send, now });
    this.#outbox = new Outbox({ talk: this, send, keep, now, later, newId, onChange: () => this.#tell() });
    this.#take(session);
  }

  #send;
  #keep;
  #isWatching;
  #known; // the last number that was there when the conversation was opened
  #cursor; // the last number that was heard, in order
  /** @type {Counsel.Entry[]} */
  #entries = [];
  #outbox;
  #whispers;
  /** @type {Set<() => void>} */
  #changed = new Set();
  /** @type {Set<(entry: Counsel.Entry) => void>} */
  #heard = new Set();
  status = "";
  /** @type {Counsel.Somebody | null} */
  counselor = null;
  /** @type {string | null} */
  endReason = null;

  /**
   * Call `fn()` after every change. Returns what ends that.
   *
   * @param {() => void} fn
   */
  onChange(fn) {
    this.#changed.add(fn);
    return () => this.#changed.delete(fn);
  }

  /**
   * Call `fn(entry)` for each entry of somebody else that is new to this page. Returns what ends that.
   *
   * @param {(entry: Counsel.Entry) => void} fn
   */
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
    const seen = this.#whispers.mine;
    return this.#entries.filter((one) => one.type === "MESSAGE" && one.seq > seen && !this.#isMine(one)).length;
  }

  get theirReadSeq() {
    return this.#whispers.theirs;
  }

  /** Who is typing right now, as [{id, role}]. */
  get typists() {
    return this.#whispers.typists;
  }

  get hasUnsent() {
    return this.#outbox.messages.some((one) => one.state !== "sent");
  }

  /**
   * What a page shows, in order: entries of the log, then what waits to be one. A message keeps its key.
   *
   * @returns {Counsel.Row[]}
   */
  get rows() {
    const said = this.#entries.map((entry) => ({
      kind: /** @type {const} */ ("entry"),
      key: this.#isMine(entry) && entry.client_message_id ? `m:${entry.client_message_id}` : `e:${entry.seq}`,
      entry,
      isMine: this.#isMine(entry),
      isRead: entry.seq <= this.theirReadSeq,
    }));
    return [...said, ...this.#outbox.messages.map((message) => ({ kind: /** @type {const} */ ("pending"), key: `m:${message.id}`, message }))];
  }

  get draft() {
    return this.#keep.draft(this.sessionId);
  }

  set draft(text) {
    this.#keep.setDraft(this.sessionId, text);
  }

  /**
   * Files that were uploaded and not sent yet.
   *
   * @returns {Counsel.Attachment[]}
   */
  get draftFiles() {
    return JSON.parse(this.#keep.draft(`${this.sessionId}:files`) || "[]");
  }

  set draftFiles(attachments) {
    this.#keep.setDraft(`${this.sessionId}:files`, attachments.length ? JSON.stringify(attachments) : "");
  }

  // What comes in

  /**
   * Take in what the conversation's destination says: an entry of the log, or a word about typing or reading.
   *
   * @param {Counsel.Entry | Counsel.LiveEvent} event
   */
  hear(event) {
    if (event.seq === undefined) this.#whispers.hear(event);
    else this.#hearEntry(event);
    this.#tell();
  }

  /**
   * Put older entries before those that are here.
   *
   * @param {Counsel.Entry[]} entries
   */
  prepend(entries) {
    const first = this.firstSeq;
    this.#entries = [...entries.filter((entry) => entry.seq < first), ...this.#entries];
    this.#tell();
  }

  /**
   * Take in the conversation as the API shows it now, unless the log here is newer.
   *
   * @param {Counsel.Session} session
   */
  setSession(session) {
    if (session.last_seq < this.#cursor) return;
    this.#take(session);
    this.#tell();
    this.flush();
  }

  /** @param {Counsel.Entry} entry */
  #hearEntry(entry) {
    if (entry.seq <= this.#cursor) return;
    this.#cursor = entry.seq;
    this.#entries.push(entry);
    this.#whispers.hasSaid(entry.sender.id);
    const isNew = entry.seq > this.#known;
    if (isNew) this.#follow(entry);
    if (this.#isMine(entry)) {
      this.#outbox.drop(entry.client_message_id);
    } else if (isNew) {
      for (const fn of [...this.#heard]) fn(entry);
    }
  }

  /**
   * The conversation's state goes by its log.
   *
   * @param {Counsel.Entry} entry
   */
  #follow(entry) {
    if (entry.type === "ACCEPTED") {
      this.status = "IN_PROGRESS";
      this.counselor = entry.counselor ?? this.counselor;
      this.flush();
    } else if (entry.type === "TRANSFERRED") {
      this.counselor = entry.to?.counselor ?? null;
      this.status = this.counselor ? "IN_PROGRESS" : "WAITING";
    } else if (entry.type === "ENDED") {
      this.status = LEFT.has(entry.reason ?? "") ? "ABANDONED" : "ENDED";
      this.endReason = entry.reason ?? null;
      this.#outbox.refuseAll();
    }
  }

  /** @param {Counsel.Session} session */
  #take(session) {
    this.status = session.status;
    this.counselor = session.counselor ?? null;
    this.endReason = session.end_reason || null;
    if (this.isOver) this.#outbox.refuseAll();
  }

  /** @param {Counsel.Entry} entry */
  #isMine(entry) {
    return entry.sender.id === this.me.id && entry.type === "MESSAGE";
  }

  // What goes out

  /**
   * Say something: it is shown and kept at once, and sent in its turn. Returns its id, or null for nothing.
   *
   * @param {string} text
   * @param {Counsel.Attachment | null} attachment
   */
  say(text, attachment = null) {
    return this.#outbox.say(text, attachment);
  }

  /** @param {string} id */
  retry(id) {
    this.#outbox.retry(id);
  }

  /** @param {string} id */
  discard(id) {
    this.#outbox.drop(id);
    this.#tell();
  }

  /** Send what waits. Call it whenever a connection stands. */
  flush() {
    this.#outbox.flush();
  }

  /** Show that I am typing; at most once in a while. */
  type() {
    if (this.canWrite) this.#whispers.type();
  }

  /** I have seen the log up to here. Say so when the page is in front and the log is visible. */
  see(seq = this.#cursor) {
    if (this.#whispers.see(seq)) this.#tell();
  }

  /** Say again how far I have read: a word about reading is lost with the connection. */
  seeAgain() {
    this.#whispers.seeAgain();
  }

  end() {
    return this.#send({ type: "END" }, { receipt: true });
  }

  #tell() {
    for (const fn of [...this.#changed]) fn();
  }
}
