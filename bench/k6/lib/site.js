/**
 * The platform under test, its people, and one way to call it that counts what must not happen.
 *
 * BASE     its address; http://127.0.0.1:8000 unless given. Several by commas are web processes without a proxy in
 *          front: each virtual user keeps to one of them
 * SANDBOX  the payment sandbox's; without it nobody pays, and what was held is given back
 * TOKENS   a file of customers' access tokens, as `manage.py issue_tokens` prints them; DESK one of counselors'
 */
import exec from "k6/execution";
import http from "k6/http";
import { SharedArray } from "k6/data";
import { Counter, Trend } from "k6/metrics";
import { API, PAGES, SANDBOX, SOCKET, fill } from "./calls.js";

const SITES = (__ENV.BASE || "http://127.0.0.1:8000").split(",").map(withoutSlash);
const SANDBOX_BASE = withoutSlash(__ENV.SANDBOX || "");
const PATIENCE = 30; // how often one call is made again after a 429 or 503
const TIMEOUT = "60s";

export const CUSTOMERS = people("TOKENS");
export const COUNSELORS = people("DESK");
export const canPay = SANDBOX_BASE !== "";

const faults = new Counter("faults"); // a 5xx that is not a 503 with Retry-After
const unanswered = new Counter("unanswered"); // no answer at all
const askedToWait = new Counter("asked_to_wait"); // a 429 or 503 with Retry-After
const unexpected = new Counter("unexpected"); // another status, or another problem's code, than the journey knows
const broken = new Counter("broken"); // an iteration that ended with an exception
export const notReached = new Counter("not_reached"); // a journey that came to another end than it should

/** Thresholds of every journey: no fault, everybody answered, nothing that the journey cannot explain. */
export const CORRECT = {
  faults: ["count==0"],
  unanswered: ["count==0"],
  unexpected: ["count==0"],
  broken: ["count==0"],
  not_reached: ["count==0"],
};

/**
 * Thresholds of how fast it has to be. With ANY_PACE they hold at any pace: for a run that only looks whether the journey
 * comes to its end, on whatever machine.
 */
export function inTime(thresholds) {
  if (!__ENV.ANY_PACE) return thresholds;
  return Object.fromEntries(
    Object.entries(thresholds).map(([metric, [limit]]) => [metric, [limit.replace(/(<|==).*/, ">=0")]]),
  );
}

/** Figures of every journey's summary. */
export const STATISTICS = ["count", "avg", "min", "med", "p(90)", "p(95)", "p(99)", "max"];

function withoutSlash(address) {
  return address.trim().replace(/\/+$/, "");
}

/** The address of the web process that this virtual user keeps to. */
function site() {
  return SITES[exec.vu.idInTest % SITES.length];
}

/** Where this virtual user speaks STOMP. */
export function socketAddress() {
  return site().replace(/^http/, "ws") + SOCKET;
}

function people(variable) {
  return new SharedArray(variable, () => {
    if (!__ENV[variable]) return [];
    return open(__ENV[variable]).split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
  });
}

/** The `number`th of `group`, from 0: always the same person for the same number. */
export function person(number, group = CUSTOMERS) {
  if (!group.length) throw new Error("no people: give -e TOKENS=… (and DESK=… for a conversation), an absolute path");
  if (number >= group.length) throw new Error(`person ${number + 1} of ${group.length}: the file has too few tokens`);
  return group[number];
}

/** A whole number out of the environment. */
export function setting(name, otherwise) {
  const value = Number(__ENV[name] || otherwise);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} has to be a number from 1, not ${__ENV[name]}`);
  return value;
}

/** What every script begins with: an exception counts, so that a broken script cannot pass. */
export async function play(journey) {
  broken.add(0);
  notReached.add(0);
  try {
    await journey();
  } catch (error) {
    broken.add(1);
    console.error(`broken off: ${error.stack || error}`);
  }
}

/**
 * Call by name, and again when told to wait, as long as told. Returns { status, code, body, headers }: `code` is the
 * problem's, `body` the JSON or {}; status 0 means that no answer came.
 *
 * `expect` are the statuses that the journey knows how to go on from.
 */
export async function call(name, { as, path = {}, body, headers = {}, expect = [200] } = {}) {
  const [base, [method, template]] = addressOf(name);
  const params = {
    headers: { Accept: "application/json", ...headers },
    tags: { name },
    timeout: TIMEOUT,
    responseCallback: http.expectedStatuses(...expect),
  };
  if (as) params.headers.Authorization = `Bearer ${as.access}`;
  if (body !== undefined) params.headers["Content-Type"] = "application/json";
  const sent = body === undefined ? null : JSON.stringify(body);
  for (let tries = 1; ; tries += 1) {
    const answer = await once(method, base + fill(template, path), sent, params);
    const pause = Number(header(answer.headers, "Retry-After"));
    const isPolite = (answer.status === 429 || answer.status === 503) && pause > 0;
    count(name, answer, { isPolite, expect });
    if (!isPolite || expect.includes(answer.status) || tries > PATIENCE) return answer;
    await pauseFor(pause * (1 + Math.random() / 2));
  }
}

function addressOf(name) {
  if (name in API) return [site(), API[name]];
  if (name in PAGES) return [site(), PAGES[name]];
  if (name in SANDBOX) return [SANDBOX_BASE, SANDBOX[name]];
  throw new Error(`no call is named ${name}`);
}

async function once(method, url, body, params) {
  let response;
  try {
    response = await http.asyncRequest(method, url, body, params);
  } catch (error) {
    response = { status: 0, body: "", headers: {}, error: String(error) };
  }
  const decoded = decode(response);
  return { status: response.status, code: decoded.code || "", body: decoded, headers: response.headers,
    error: response.error };
}

function decode(response) {
  if (!/json/.test(header(response.headers, "Content-Type") || "")) return {};
  try {
    return JSON.parse(response.body) || {};
  } catch {
    return {};
  }
}

/** One header, whatever case its name has come in. */
export function header(headers, name) {
  const found = Object.keys(headers || {}).find((one) => one.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : headers[found];
}

function count(name, answer, { isPolite, expect }) {
  const isFault = answer.status >= 500 && !isPolite;
  const isUnexpected = answer.status > 0 && !isFault && !isPolite && !expect.includes(answer.status);
  faults.add(isFault ? 1 : 0);
  unanswered.add(answer.status === 0 ? 1 : 0);
  askedToWait.add(isPolite ? 1 : 0);
  unexpected.add(isUnexpected ? 1 : 0);
  if (isFault || isUnexpected || answer.status === 0) {
    console.warn(`${name}: ${answer.status} ${answer.code} ${answer.error || ""}`);
  }
}

/** Note that a journey came to another end than it should, and why. */
export function miss(why) {
  notReached.add(1);
  console.warn(`not reached: ${why}`);
}

/** Wait without stopping the others of this virtual user, such as its socket. */
export function pauseFor(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** A trend in milliseconds whose values are noted by `note(since)`. */
export class Stopwatch {
  constructor(name) {
    this.trend = new Trend(name, true);
  }

  note(since) {
    this.trend.add(Date.now() - since);
  }
}
