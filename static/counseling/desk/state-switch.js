// The counselor's state: what it is, why, and the buttons that change it.
import { call } from "../../common/api.js";
import { countdown } from "../../common/clock.js";
import { ask } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { attempt, settings, store } from "./context.js";
import { explain, movesFrom, rowOf, stateName, stepTo } from "./explain.js";
import { State, STATES } from "./states.js";

const SWITCH = Object.keys(STATES).filter((state) => STATES[state].address);

/** @type {Desk.Finish | null} */
let wrapUp = null;

/**
 * Let `finish(to, button)` do what leaving after-call work needs: what was filled in is kept first.
 *
 * @param {Desk.Finish} finish
 */
export function onLeavingWrapUp(finish) {
  wrapUp = finish;
}

/**
 * Ask for a state, by the one that lies between where there is one: ready from offline. Resolves to whether it came about.
 *
 * @param {string} to
 * @param {{button?: Desk.Button, body?: object}} options
 */
export async function changeState(to, { button, body } = {}) {
  const { state = "", load = 0 } = store.counselor ?? {};
  if (!rowOf(to).isAtWork && load > 0) {
    await ask({
      title: gettext("You still have conversations"),
      text: interpolate(
        ngettext(
          "%(load)s conversation goes on. End it or give it to somebody else before you go offline; pause to get nobody new meanwhile.",
          "%(load)s conversations go on. End them or give them to somebody else before you go offline; pause to get nobody new meanwhile.",
          load,
        ),
        { load },
      ),
      confirm: gettext("All right"),
      cancel: "",
    });
    return false;
  }
  return attempt(
    async () => {
      const step = stepTo(to, { from: state });
      if (step) await patch(step);
      store.hear({ type: "STATE", ...(await patch(to, body)) });
    },
    { button },
  );
}

/** @param {string} state */
function patch(state, body = {}) {
  return call(`/api/counselors/${rowOf(state).address}`, { method: "PATCH", body });
}

/** @param {HTMLElement} element */
export function stateSwitch(element) {
  if (!settings.is_counselor) {
    element.append(h("p.desk-why", {}, gettext("You supervise: you have no counselor's profile, so nobody is given to you.")));
    return;
  }
  const buttons = new Map(SWITCH.map((state) => [state, stateButton(state)]));
  const why = h("p.desk-why", {});
  const left = h("span.desk-left.digits", { hidden: true });
  const load = h("span.desk-load", {});
  element.append(
    h("div.desk-switch", { role: "group", "aria-label": gettext("My state") }, [...buttons.values()]),
    h("p.desk-places", {}, load, left),
    why,
  );
  let shown = "";
  /** @type {string | null} */
  let until = null;
  let stop = () => {};
  store.onChange(() => {
    const { counselor, waiting } = store;
    if (!counselor) return;
    const { state } = counselor;
    const moves = movesFrom(state);
    for (const [one, button] of buttons) {
      const isOn = one === state || one === rowOf(state).whenFree;
      button.setAttribute("aria-pressed", String(isOn));
      button.dataset.lamp = isOn ? rowOf(state).lamp : "";
      button.disabled = !isOn && !moves.includes(one);
      button.children[1].textContent = stateName(isOn ? state : one);
    }
    why.textContent = explain(counselor, { waiting, graceSeconds: settings.grace_seconds });
    load.textContent = interpolate(gettext("%(load)s/%(capacity)s"), counselor);
    load.setAttribute("aria-label", interpolate(gettext("%(load)s of %(capacity)s places taken"), counselor));
    load.setAttribute("role", "img");
    const limit = rowOf(state).hasLimit ? counselor.after_call_until : null;
    if (limit !== until) {
      until = limit;
      stop();
      left.hidden = !limit;
      if (limit) stop = countdown(left, Date.parse(limit), { announceAt: [15], onAnnounce: (time) => announce(interpolate(gettext("%(time)s left to wrap up"), { time })) });
    }
    if (shown && shown !== state) announce(interpolate(gettext("You are now: %(state)s"), { state: stateName(state) }));
    shown = state;
  });
}

/**
 * Go to another state, by way of what was filled in while wrapping up.
 *
 * @param {string} state
 * @param {Desk.Button} [button]
 */
export function leaveFor(state, button) {
  return store.counselor?.state === State.AFTER_CALL && wrapUp ? wrapUp(state, button) : changeState(state, { button });
}

/** @param {string} state */
function stateButton(state) {
  const button = h(
    "button.desk-state-button",
    { type: "button", disabled: true, "aria-pressed": "false", onclick: () => button.getAttribute("aria-pressed") === "false" && leaveFor(state, button) },
    h("span.desk-lamp", { "aria-hidden": "true" }),
    h("span", {}, stateName(state)),
  );
  return button;
}
