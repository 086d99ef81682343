/** What can go wrong between a page and the platform. */

/** A refusal that the platform explains: an RFC 9457 problem document. */
export class Problem extends Error {
  constructor(document, { status, retryAfter = null } = {}) {
    super(document.detail || document.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = document.code || "internal_error";
    this.title = document.title || "";
    this.detail = document.detail || "";
    this.extras = document;
    /** Seconds after which a repeat makes sense, or null. */
    this.retryAfter = retryAfter;
  }
}

/** The platform could not be reached, or its answer was cut off: what was asked may or may not have happened. */
export class ConnectionLost extends Error {
  constructor(cause) {
    super("connection lost", { cause });
    this.name = "ConnectionLost";
    this.code = "connection_lost";
  }
}

/** This browser's log-in is over: `reason` as in the notices of the log-in page, or "signed_out" for a stranger. */
export class LoginEnded extends Error {
  constructor(reason) {
    super(`log-in ended: ${reason}`);
    this.name = "LoginEnded";
    this.code = "login_ended";
    this.reason = reason;
  }
}
