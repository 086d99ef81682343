// What has been typed and not sent, and what has been said and not acknowledged: kept in the browser per person and
// conversation, over reloads and log-ins, for a day. One key a message, so that two tabs never overwrite each other.

const PREFIX = "talk:";
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Stands in where the browser keeps nothing, as in some private windows. */
class Memory {
  /** @type {Map<string, string>} */
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#values.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#values.delete(key);
  }
}

/**
 * Return the browser's storage, or the page's own memory where that is refused.
 *
 * @returns {Counsel.KeyValues}
 */
export function storageOf(holder = globalThis) {
  try {
    const storage = holder.localStorage;
    storage.setItem(`${PREFIX}probe`, "");
    storage.removeItem(`${PREFIX}probe`);
    return storage;
  } catch {
    return new Memory();
  }
}

export class Drafts {
  /**
   * Whatever other people, or more than a day, left behind is removed.
   *
   * @param {number} userId
   */
  constructor(userId, { storage = storageOf(), now = Date.now } = {}) {
    this.#mine = `${PREFIX}${userId}:`;
    this.#storage = storage;
    this.#now = now;
    for (const key of this.#keys(PREFIX)) {
      if (!key.startsWith(this.#mine) || this.#read(key) === null) storage.removeItem(key);
    }
  }

  #mine;
  #storage;
  #now;

  /**
   * The text that waits in a field; `name` is a conversation's id, or another field's own name.
   *
   * @param {string | number} name
   */
  draft(name) {
    return this.#read(`${this.#mine}${name}:draft`)?.text ?? "";
  }

  /**
   * @param {string | number} name
   * @param {string} text
   */
  setDraft(name, text) {
    const key = `${this.#mine}${name}:draft`;
    if (text) this.#write(key, { text, at: this.#now() });
    else this.#storage.removeItem(key);
  }

  /**
   * What was said in a conversation and is not acknowledged, in its order.
   *
   * @param {number} sessionId
   * @returns {Counsel.Unsent[]}
   */
  messages(sessionId) {
    const found = this.#keys(`${this.#mine}${sessionId}:out:`).map((key) => this.#read(key));
    return found.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  /**
   * @param {number} sessionId
   * @param {Counsel.Unsent} message
   */
  put(sessionId, message) {
    this.#write(`${this.#mine}${sessionId}:out:${message.id}`, message);
  }

  /**
   * @param {number} sessionId
   * @param {string | null} id
   */
  drop(sessionId, id) {
    this.#storage.removeItem(`${this.#mine}${sessionId}:out:${id}`);
  }

  /** @param {string} prefix */
  #keys(prefix) {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
    return keys.filter((key) => key.startsWith(prefix));
  }

  /**
   * Return what is kept, or null for what is too old or was written by nobody we know.
   *
   * @param {string} key
   */
  #read(key) {
    try {
      const value = JSON.parse(this.#storage.getItem(key) ?? "null");
      return value && this.#now() - value.at < KEPT_MS ? value : null;
    } catch {
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {object} value
   */
  #write(key, value) {
    try {
      this.#storage.setItem(key, JSON.stringify(value));
    } catch {
      // Full: it stays on the page, and is lost only with it.
    }
  }
}
