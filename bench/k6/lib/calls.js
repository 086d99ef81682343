/**
 * Every call that the journeys make: its name in the figures, and the address as the API's document has it.
 *
 * A journey calls by name (site.js), so that a figure belongs to a kind of call and not to one performance or order;
 * tests/unit/bench/k6/ holds this table to the document.
 */
export const API = {
  concerts: ["GET", "/api/concerts"],
  concert: ["GET", "/api/concerts/{concert_id}"],
  performance: ["GET", "/api/performances/{performance_id}"],
  seats: ["GET", "/api/performances/{performance_id}/seats"],
  join: ["POST", "/api/waiting-room/{performance_id}/join"],
  status: ["GET", "/api/waiting-room/{performance_id}/status"],
  now: ["GET", "/api/waiting-room/{performance_id}/now"],
  leave: ["POST", "/api/waiting-room/{performance_id}/leave"],
  order: ["POST", "/api/orders"],
  reserve: ["POST", "/api/orders/{order_id}/reserve"],
  cancel: ["POST", "/api/orders/{order_id}/cancel"],
  confirm: ["POST", "/api/payments/confirm"],
  categories: ["GET", "/api/counsel-categories"],
  accept: ["POST", "/api/sessions/{session_id}/accept"],
  rating: ["POST", "/api/sessions/{session_id}/rating"],
  online: ["PATCH", "/api/counselors/online"],
  ready: ["PATCH", "/api/counselors/ready"],
  offline: ["PATCH", "/api/counselors/offline"],
  clock: ["GET", "/clock"],
};

/** Pages, which the document does not name. */
export const PAGES = {
  home: ["GET", "/"],
  concert_page: ["GET", "/concerts/{slug}/"],
};

/** What a person does in the payment window; the sandbox stands in for it, and is no part of the platform. */
export const SANDBOX = {
  payment_window: ["POST", "/sandbox/authenticate"],
};

/** Where STOMP is spoken, and where each of its frames goes. */
export const SOCKET = "/ws";
export const DESTINATIONS = {
  errors: "/user/queue/errors",
  match: "/user/queue/match",
  ask: "/pub/match/request",
  session: "/sub/session/{session_id}",
  say: "/pub/session/{session_id}",
  counselor: "/sub/counselor/{counselor_id}",
};

/** Put values in the place of a template's names; what is left over goes behind the question mark. */
export function fill(template, values = {}) {
  const used = new Set();
  const path = template.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`${template} needs ${name}`);
    used.add(name);
    return encodeURIComponent(values[name]);
  });
  const rest = Object.keys(values).filter((name) => !used.has(name));
  if (!rest.length) return path;
  return `${path}?${rest.map((name) => `${name}=${encodeURIComponent(values[name])}`).join("&")}`;
}
