// The news of the seats: pushed while there is a live connection, asked for where there was a gap or there is none.
// Everything from outside is handed in, so that node can test it.

export const POLL_MS = 4000;
export const POLL_REFUSED_MS = 10_000;
export const PATIENCE_MS = 2500; // without a live connection, before the first question

export class SeatFeed {
  /**
   * @param {SeatMap.FeedOutside} outside
   */
  constructor(outside) {
    this.#outside = outside;
  }

  #outside;
  /** @type {(() => void) | null} */
  #unsubscribe = null;
  #isLive = false;
  #isStopped = false;
  #isRefused = false;
  /** @type {Promise<void> | null} */
  #asking = null;
  /** @type {SeatMap.FeedNews[]} */
  #waiting = []; // live news that came while a question is open
  /** @type {any} */
  #timer = null;

  start() {
    const { onState, subscribe } = this.#outside;
    onState((state) => this.#connection(state));
    this.#unsubscribe = subscribe(
      (news) => this.#hear(news),
      (problem) => this.#refuse(problem),
    );
    this.#pollIn(PATIENCE_MS);
  }

  /** For good: the log-in has ended. */
  stop() {
    this.#isStopped = true;
    this.#outside.clearTimeout(this.#timer);
    this.#unsubscribe?.();
  }

  /** Ask for what has changed; a second call joins the first. Resolves when it is known, or could not be. */
  catchUp() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
      for (const news of this.#waiting.splice(0)) this.#hear(news);
    });
    return this.#asking;
  }

  /** @param {{all?: boolean}} what */
  async #ask({ all = false } = {}) {
    const { version, ask, apply, replace } = this.#outside;
    try {
      const answer = await ask(all ? null : version());
      if (answer.changed) apply(answer.changed, answer.version);
      else replace(answer);
      if (!this.#isLive) this.#pollIn(this.#pause());
    } catch (error) {
      if (error.code === "login_ended") this.stop();
      this.#pollIn(Math.max(this.#pause(), (error.retryAfter ?? 0) * 1000));
    }
  }

  /** @param {SeatMap.FeedNews} news */
  #hear(news) {
    if (this.#isStopped) return;
    if (this.#asking) {
      this.#waiting.push(news);
    } else if (news.reset) {
      this.#asking = this.#ask({ all: true }).finally(() => {
        this.#asking = null;
        for (const later of this.#waiting.splice(0)) this.#hear(later);
      });
    } else if (news.version > this.#outside.version()) {
      if (news.changed.length) this.#outside.apply(news.changed, news.version);
      else void this.catchUp(); // the first word of a subscription: something happened before it
    }
  }

  /** @param {string} state */
  #connection(state) {
    this.#isLive = state === "connected" && !this.#isRefused;
    if (this.#isLive) this.#outside.clearTimeout(this.#timer);
    else if (state === "ended") this.stop();
    else this.#pollIn(PATIENCE_MS);
  }

  /** @param {any} problem */
  #refuse(problem) {
    this.#isRefused = true;
    this.#isLive = false;
    this.#outside.refused(problem);
    this.#pollIn(POLL_REFUSED_MS);
  }

  #pause() {
    return (this.#isRefused ? POLL_REFUSED_MS : POLL_MS) * (0.75 + this.#outside.random() / 2);
  }

  /** @param {number} ms */
  #pollIn(ms) {
    this.#outside.clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = this.#outside.setTimeout(() => {
      if (this.#outside.isHidden()) this.#pollIn(this.#pause());
      else void this.catchUp();
    }, ms);
  }
}
