// What was said in a conversation and is not in its log yet: kept at once, and sent one after the other, in order.

const AGAIN_MS = 5_000; // after a send whose fate is unknown while the connection seems to be there
const TOO_MANY = 429;
const SERVER_FAULT = 500;

export class Outbox {
  /** @param {Counsel.OutboxOptions} options */
  constructor({ talk, send, keep, now, later = setTimeout, newId = randomId, onChange }) {
    this.#talk = talk;
    this.#send = send;
    this.#keep = keep;
    this.#now = now;
    this.#later = later;
    this.#newId = newId;
    this.#tell = onChange;
    this.messages = keep.messages(talk.sessionId).map((message) => ({ ...message, state: "waiting", problem: null }));
  }

  #talk;
  #send;
  #keep;
  #now;
  #later;
  #newId;
  #tell;
  /** @type {Counsel.Pending[]} */
  messages;
  #isPumping = false;

  /**
   * @param {string} text
   * @param {Counsel.Attachment | null} attachment
   */
  say(text, attachment) {
    const content = text.trimEnd();
    if (!content.trim() && !attachment) return null;
    const message = { id: this.#newId(), content, attachment, at: this.#now() };
    this.#keep.put(this.#talk.sessionId, message);
    this.messages.push({ ...message, state: this.#talk.isOver ? "failed" : "waiting", problem: null });
    this.#tell();
    this.flush();
    return message.id;
  }

  /**
   * Try a message that failed once more. It has the same id, so that it counts once whatever became of it.
   *
   * @param {string} id
   */
  retry(id) {
    const message = this.messages.find((one) => one.id === id);
    if (!message || this.#talk.isOver) return;
    Object.assign(message, { state: "waiting", problem: null });
    this.#tell();
    this.flush();
  }

  /** @param {string | null} id */
  drop(id) {
    this.#keep.drop(this.#talk.sessionId, id);
    this.messages = this.messages.filter((one) => one.id !== id);
  }

  /** What still waits when the conversation ends is never sent, and stays to be copied. */
  refuseAll() {
    for (const message of this.messages) if (message.state === "waiting") message.state = "failed";
  }

  flush() {
    if (!this.#isPumping) this.#pump();
  }

  async #pump() {
    this.#isPumping = true;
    let message;
    try {
      while (this.#talk.canWrite && (message = this.messages.find((one) => one.state === "waiting"))) {
        if (!(await this.#deliver(message))) return;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /**
   * Send one message; tell whether the next one may be sent.
   *
   * @param {Counsel.Pending} message
   */
  async #deliver(message) {
    message.state = "sending";
    this.#tell();
    const { id, content, attachment } = message;
    const file = attachment && { attachment_id: attachment.id };
    try {
      await this.#send({ type: "MESSAGE", client_message_id: id, content, ...file }, { receipt: true });
    } catch (error) {
      return this.#settleRefusal(message, error);
    }
    message.state = "sent"; // its entry takes its place
    this.#keep.drop(this.#talk.sessionId, id);
    this.#tell();
    return true;
  }

  /**
   * @param {Counsel.Pending} message
   * @param {Counsel.Refusal} error
   */
  #settleRefusal(message, error) {
    if (!this.messages.includes(message)) return true; // its entry has come all the same
    const { isOver } = this.#talk;
    const waitsForSomebody = error.code === "session_state" && !isOver;
    const isUnknown = error.status === undefined || error.status >= SERVER_FAULT || error.status === TOO_MANY;
    if (waitsForSomebody || isUnknown) {
      message.state = isOver ? "failed" : "waiting";
      this.#tell();
      this.#later(() => this.flush(), (error.retryAfter ?? 0) * 1000 || AGAIN_MS);
      return false;
    }
    Object.assign(message, { state: "failed", problem: error });
    this.#tell();
    return true;
  }
}

function randomId() {
  const octets = crypto.getRandomValues(new Uint8Array(16)); // randomUUID() is only there over TLS
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
