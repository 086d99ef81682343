/** Calls of the admin's pages to their own addresses, by the session. Refusals are errors with the server's words. */

import { $ } from "../../common/dom.js";

export class Refused extends Error {}

/**
 * GET or, with a body, POST; resolve to the decoded answer.
 *
 * @param {string} address
 * @param {{body?: any, signal?: AbortSignal}} options  `body`: FormData, or a value that is sent as JSON
 * @returns {Promise<any>}
 */
export async function ask(address, { body, signal } = {}) {
  const isForm = body instanceof FormData;
  const response = await fetch(address, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      Accept: "application/json",
      ...(body !== undefined && { "X-CSRFToken": $("[name=csrfmiddlewaretoken]").value }),
      ...(body !== undefined && !isForm && { "Content-Type": "application/json" }),
    },
    body: body === undefined || isForm ? body : JSON.stringify(body),
    credentials: "same-origin",
    signal,
  });
  const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
  const answer = isJson ? await response.json() : {};
  if (!response.ok || !isJson) throw new Refused(problemText(answer) || response.statusText);
  return answer;
}

/** @param {Api.ProblemDocument & {errors?: Record<string, string[]>}} problem */
function problemText(problem) {
  const errors = Object.values(problem.errors ?? {}).flat();
  return errors.length ? errors.join(" ") : problem.detail || problem.title;
}
