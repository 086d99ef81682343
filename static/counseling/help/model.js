// The customer's conversations, followed for as long as the page is there.
import { call } from "../../common/api.js";
import { live } from "../../common/live.js";
import { openTalk } from "../talk/open.js";
import { after, isOpen } from "./sessions.js";
import { noteConversation } from "./state.js";

export class HelpModel {
  /** @param {number} userId */
  constructor(userId) {
    this.me = { id: userId, role: "customer" };
  }

  /** @type {Map<number | undefined, Help.Session>} by id */
  sessions = new Map();
  /** @type {Map<number, Counsel.Opened>} by the conversation's id */
  #talks = new Map();
  /** @type {Set<() => void>} */
  #watchers = new Set();
  /** @type {Promise<void> | null} */
  #started = null;

  /**
   * Call `fn()` after every change. Returns what ends that.
   *
   * @param {() => void} fn
   */
  onChange(fn) {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
  }

  /**
   * Hear of everybody else's new words in all open conversations.
   *
   * @type {(entry: Counsel.Entry, session: Help.Session | undefined) => void}
   */
  onEntry = () => {};

  /** Read the conversations that go on, and follow them from then on; a second call waits for the first. */
  start() {
    this.#started ??= this.#start().catch((error) => {
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  get open() {
    return [...this.sessions.values()].filter(isOpen);
  }

  get unread() {
    return [...this.#talks.values()].reduce((sum, { talk }) => sum + talk.unread, 0);
  }

  /**
   * The conversation that is followed, opened where it is not yet.
   *
   * @param {Help.Session} session
   */
  talkOf(session) {
    const known = this.#talks.get(session.id);
    if (known) return known;
    const opened = openTalk(session, this.me, { onRefused: () => this.#refresh(session.id) });
    opened.talk.onChange(() => this.#follow(session.id, opened.talk));
    opened.talk.onEntry((entry) => {
      this.onEntry(entry, this.sessions.get(session.id));
      if (entry.type === "TRANSFERRED") this.#refresh(session.id).catch(() => {}); // to another category, perhaps
    });
    this.#talks.set(session.id, opened);
    return opened;
  }

  /**
   * Leave a conversation that is over alone again.
   *
   * @param {number} sessionId
   */
  release(sessionId) {
    const opened = this.#talks.get(sessionId);
    if (!opened?.talk.isOver) return;
    opened.close();
    this.#talks.delete(sessionId);
  }

  /**
   * Return a conversation, read from the API where it is not here.
   *
   * @param {number | undefined} sessionId
   */
  async get(sessionId) {
    return this.sessions.get(sessionId) ?? this.#refresh(sessionId);
  }

  /**
   * Ask for somebody; the same `requestId` again is the same request.
   *
   * @param {{categoryId: number, subject: string, requestId: string}} wish
   */
  async ask({ categoryId, subject, requestId }) {
    const body = { category_id: categoryId, subject, request_id: requestId };
    return this.#put(await call("/api/sessions", { method: "POST", body }));
  }

  /**
   * End a conversation, or leave the line.
   *
   * @param {Help.Session} session
   */
  async end(session) {
    this.#put({ ...this.sessions.get(session.id), ...(await call(`/api/sessions/${session.id}/end`, { method: "POST", body: {} })) });
  }

  /**
   * @param {Help.Session} session
   * @param {Help.Rating} rating
   */
  async rate(session, { score, feedback }) {
    await call(`/api/sessions/${session.id}/rating`, { method: "POST", body: { score, feedback } });
    this.#put({ ...session, ...this.sessions.get(session.id), rating: score });
  }

  /**
   * Ask in writing; who waits with `session` leaves the line.
   *
   * @param {{categoryId: number, subject: string, content: string, session?: Help.Session | null}} question
   */
  async inquire({ categoryId, subject, content, session = null }) {
    const body = { category_id: categoryId, subject, content, session_id: session?.id };
    await call("/api/inquiries", { method: "POST", body });
    if (session) await this.#refresh(session.id);
  }

  async #start() {
    const { results } = await call("/api/sessions");
    for (const session of results) {
      this.sessions.set(session.id, session);
      if (isOpen(session)) this.talkOf(session);
    }
    live.subscribe("/user/queue/match", (event) => this.#heard(event));
    this.#changed();
  }

  /**
   * What goes on in the line; a conversation that was asked for elsewhere is new here.
   *
   * @param {Help.MatchEvent} event
   */
  async #heard(event) {
    const session = this.sessions.get(event.session_id);
    if (!session) {
      await this.#refresh(event.session_id).catch(() => {}); // the next event tries again
      return;
    }
    this.#put(after(session, event));
  }

  /** @param {number | undefined} sessionId */
  async #refresh(sessionId) {
    return this.#put(await call(`/api/sessions/${sessionId}`));
  }

  /**
   * Take in what was heard of a conversation. Where it is followed, its log has the last word on its state.
   *
   * @param {Help.Session} session
   * @returns {Help.Session}
   */
  #put(session) {
    const known = { ...this.sessions.get(session.id), ...session };
    this.sessions.set(known.id, known);
    if (isOpen(known) || this.#talks.has(known.id)) {
      const { talk } = this.talkOf(known);
      talk.setSession(known);
      this.#follow(known.id, talk);
    }
    this.#changed();
    return known;
  }

  /**
   * @param {number} sessionId
   * @param {Counsel.Talk} talk
   */
  #follow(sessionId, { status, counselor, endReason }) {
    Object.assign(this.sessions.get(sessionId) ?? {}, { status, counselor, end_reason: endReason });
    this.#changed();
  }

  #changed() {
    noteConversation(this.me.id, this.open.length > 0);
    for (const fn of [...this.#watchers]) fn();
  }
}
