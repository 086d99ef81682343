// A customer's conversations and what /user/queue/match says of them. Pure.

export const OPEN = new Set(["WAITING", "OFFERED", "IN_PROGRESS"]);

/** @param {Help.Session} session */
export const isOpen = (session) => OPEN.has(session.status);
/** @param {Help.Session} session */
export const isWaiting = (session) => session.status === "WAITING" || session.status === "OFFERED";

/**
 * Return a conversation as it is after an event.
 *
 * @param {Help.Session} session
 * @param {Help.MatchEvent} event
 * @returns {Help.Session}
 */
export function after(session, event) {
  switch (event.type) {
    case "QUEUED":
    case "RETURNED":
      return {
        ...session,
        status: "WAITING",
        counselor: null,
        position: event.position,
        eta_seconds: event.eta_seconds,
        inquiry_offered: event.inquiry_offered ?? session.inquiry_offered ?? false,
      };
    case "ASSIGNED":
      return { ...session, status: "IN_PROGRESS", counselor: event.counselor, position: null, eta_seconds: null };
    case "ENDED":
      return {
        ...session,
        status: ["left_line", "inquiry"].includes(event.reason) ? "ABANDONED" : "ENDED",
        end_reason: event.reason,
        position: null,
        eta_seconds: null,
      };
    default:
      return session;
  }
}

/**
 * The subject that the page proposes: what it names itself, the order, or the concert that it is about.
 *
 * @param {{named: string, path: string, heading: string, orderText: (order: string) => string}} page
 */
export function proposedSubject({ named, path, heading, orderText }) {
  if (named) return named;
  const order = /^\/orders\/([A-Za-z0-9_-]{6,64})\//.exec(path)?.[1];
  if (order) return orderText(order);
  return /^\/(performances|concerts)\//.test(path) ? heading.replace(/\s+/g, " ").trim() : "";
}
