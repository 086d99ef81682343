/**
 * Calls to the platform's API with an access token, which the page's session buys and this module keeps in memory.
 *
 * Errors: Problem (refused, explained), ConnectionLost (no answer), LoginEnded (dispatched as `login-ended` on the
 * document as well, so that whatever polls can stop).
 */

import { $ } from "./dom.js";
import { ConnectionLost, LoginEnded, Problem } from "./errors.js";

export { ConnectionLost, LoginEnded, Problem };

const RENEW_BEFORE_MS = 60_000;

/** @type {{access: string, endsAt: number} | null} */
let token = null; // `endsAt` by the page's own monotonic clock
/** @type {Promise<string> | null} */
let buying = null;

/** Return an access token that is good for a minute at least. */
export async function accessToken({ fresh = false } = {}) {
  if (!fresh && token && token.endsAt - performance.now() > RENEW_BEFORE_MS) return token.access;
  buying ??= buyToken().finally(() => {
    buying = null;
  });
  return buying;
}

/** @returns {Promise<string>} */
async function buyToken() {
  const asked = performance.now();
  const response = await reach("/session/token", {
    method: "POST",
    headers: { "X-CSRFToken": $('meta[name="csrf-token"]').content },
    credentials: "same-origin",
  });
  if (response.status === 401) {
    const problem = await readProblem(response);
    throw loginEnded(problem.code === "login_ended" ? problem.extras.reason : "signed_out");
  }
  if (!response.ok) throw await readProblem(response);
  const answer = await response.json();
  token = { access: answer.access, endsAt: asked + answer.expires_in * 1000 };
  return answer.access;
}

/** @param {string} reason */
function loginEnded(reason) {
  token = null;
  const error = new LoginEnded(reason);
  document.dispatchEvent(new CustomEvent("login-ended", { detail: { reason } }));
  return error;
}

/**
 * Call the API.
 *
 * @param {string} path such as /api/orders
 * @param {Api.CallOptions} options
 * @returns {Promise<any>} the decoded body, null for an empty one
 */
export async function call(path, options = {}) {
  let response = await send(path, options, await authorization(options));
  if (response.status === 401 && !options.anonymous) {
    // A token that ended on the way, or a session that did: a fresh one tells which.
    response = await send(path, options, await authorization(options, { fresh: true }));
  }
  if (!response.ok) throw await readProblem(response);
  if (response.status === 202 && isProblem(response)) throw await readProblem(response);
  return options.raw ? response : readBody(response);
}

/**
 * Upload a form.
 *
 * @param {string} path
 * @param {FormData} form
 * @param {{onProgress?: (share: number) => void, signal?: AbortSignal}} options  `onProgress` hears of 0 to 1
 * @returns {Promise<any>} the decoded body
 */
export async function upload(path, form, { onProgress, signal } = {}) {
  const access = await accessToken();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${access}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(new ConnectionLost());
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response);
      else reject(new Problem(request.response ?? {}, { status: request.status, retryAfter: seconds(request.getResponseHeader("Retry-After")) }));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/**
 * Fetch a file that asks for the token.
 *
 * @param {string} path
 * @param {Api.CallOptions} options
 */
export async function download(path, options = {}) {
  const response = await call(path, { ...options, raw: true });
  return response.blob();
}

/**
 * @param {Api.CallOptions} options
 * @returns {Promise<Record<string, string>>}
 */
async function authorization({ anonymous }, { fresh = false } = {}) {
  return anonymous ? {} : { Authorization: `Bearer ${await accessToken({ fresh })}` };
}

/**
 * @param {string} path
 * @param {Api.CallOptions} options
 * @param {Record<string, string>} authorizationHeader
 */
async function send(path, { method = "GET", body, headers = {}, signal, idempotencyKey }, authorizationHeader) {
  const isForm = body instanceof FormData;
  return reach(path, {
    method,
    signal,
    credentials: "omit",
    headers: {
      Accept: "application/json",
      ...(body !== undefined && !isForm ? { "Content-Type": "application/json" } : {}),
      ...(idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {}),
      ...authorizationHeader,
      ...headers,
    },
    body: body === undefined || isForm ? body : JSON.stringify(body),
  });
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function reach(path, init) {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ConnectionLost(error);
  }
}

/** @param {Response} response */
async function readBody(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ConnectionLost(error);
  }
}

/** @param {Response} response */
async function readProblem(response) {
  /** @type {Api.ProblemDocument} */
  let document = {};
  try {
    if (isProblem(response)) document = await response.json();
  } catch {
    // A proxy's page in the place of a problem document: the status has to do.
  }
  if (!document.code && response.status >= 500) document = { code: "service_unavailable", ...document };
  return new Problem(document, { status: response.status, retryAfter: seconds(response.headers.get("Retry-After")) });
}

/** @param {Response} response */
function isProblem(response) {
  const type = response.headers.get("Content-Type") ?? "";
  return /\bjson\b/.test(type) && /problem/.test(type);
}

/** @param {string | null} header */
function seconds(header) {
  const value = Number(header);
  return header && Number.isFinite(value) ? value : null;
}
