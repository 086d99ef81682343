import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { milliseconds } from "../executors.js";
import { builtIn } from "../registry.js";
import { user } from "../users.js";

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };
const TIMEOUT = "60s";

/** Header names as Go writes them: `Retry-After`, `Etag`. */
function canonical(name) {
  return name.replace(/[^-]+/g, (word) => word[0].toUpperCase() + word.slice(1).toLowerCase());
}

/** Make a call; where no answer comes, the status is 0 and `error` says why. The time does not hold the connecting. */
async function asyncRequest(method, url, body = null, params = {}) {
  const tags = { method, name: url, url, ...params.tags };
  const answer = await exchange(method, new URL(url), body, params).catch((error) => ({
    status: 0, headers: {}, body: "", error: error.message || error.code || String(error), ms: 0,
  }));
  const isExpected = (params.responseCallback ?? expectedStatuses({ min: 200, max: 399 }))(answer.status);
  const all = { ...tags, status: String(answer.status), expected_response: String(isExpected) };
  builtIn.requests.add(1, all);
  builtIn.duration.add(answer.ms, all);
  builtIn.failed.add(isExpected ? 0 : 1, all);
  const { ms, ...response } = answer;
  return { ...response, url, timings: { duration: ms } };
}

function exchange(method, url, body, params) {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const payload = body === null || body === undefined ? undefined : Buffer.from(body);
  const headers = { "User-Agent": "k6-player", ...params.headers };
  if (payload) headers["Content-Length"] = payload.length;
  return new Promise((resolve, reject) => {
    let since = performance.now();
    const agent = user().agents?.[url.protocol];
    const request = send(url, { method, headers, agent, timeout: milliseconds(params.timeout ?? TIMEOUT) });
    request.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => (since = performance.now()));
      else since = performance.now();
    });
    request.on("timeout", () => request.destroy(new Error("request timeout")));
    request.on("error", reject);
    request.on("response", (response) => {
      read(response).then((text) => resolve({
        status: response.statusCode, headers: headersOf(response), body: text, error: "",
        ms: performance.now() - since,
      }), reject);
    });
    request.end(payload);
  });
}

async function read(response) {
  const parts = [];
  for await (const part of response) parts.push(part);
  const bytes = Buffer.concat(parts);
  const decoder = DECODERS[response.headers["content-encoding"]];
  return (decoder && bytes.length ? await decoder(bytes) : bytes).toString("utf8");
}

function headersOf(response) {
  return Object.fromEntries(Object.entries(response.headers).map(([name, value]) =>
    [canonical(name), Array.isArray(value) ? value.join(", ") : value]));
}

/** Statuses that are no failure: numbers, or { min, max }. */
function expectedStatuses(...statuses) {
  return (status) => statuses.some((one) =>
    typeof one === "number" ? one === status : status >= one.min && status <= one.max);
}

export default { asyncRequest, expectedStatuses };
