/** What can go wrong between a page and the platform. */

/** A refusal that the platform explains (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {Api.ProblemDocument} document
   * @param {{status?: number, retryAfter?: number | null}} answer
   */
  constructor(document, { status, retryAfter = null } = {}) {
    super(document.detail || document.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = document.code || "internal_error";
    this.title = document.title || "";
    this.detail = document.detail || "";
    /** @type {Record<string, any>} */
    this.extras = document;
    /** Seconds after which a repeat makes sense, or null. */
    this.retryAfter = retryAfter;
  }
}

/** The platform could not be reached, or its answer was cut off: what was asked may or may not have happened. */
export class ConnectionLost extends Error {
  /** @param {unknown} [cause] */
  constructor(cause) {
    super("connection lost", { cause });
    this.name = "ConnectionLost";
    this.code = "connection_lost";
  }
}

/** This browser's log-in is over: `reason` as in the notices of the log-in page, or "signed_out" for a stranger. */
export class LoginEnded extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(`log-in ended: ${reason}`);
    this.name = "LoginEnded";
    this.code = "login_ended";
    this.reason = reason;
  }
}
