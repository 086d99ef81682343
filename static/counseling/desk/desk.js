// The desk: puts its parts together, and goes between them without leaving the page.
import { synchronise } from "../../common/clock.js";
import { $, $$ } from "../../common/dom.js";
import { ask } from "../../common/dialog.js";
import { gettext } from "../../common/i18n.js";
import { live } from "../../common/live.js";
import { say } from "../../common/notices.js";
import { describe } from "../../common/problems.js";
import { alertDesk, watchAlerts } from "./alerts.js";
import { watchConnection, watchOtherTabs } from "./connection.js";
import { readDesk, refresh, settings, store } from "./context.js";
import { watchKeys } from "./keyboard.js";
import { conversationList } from "./list.js";
import { conversationPanes } from "./panes.js";
import { bringBack } from "./memory.js";
import { customerSide, closeSide } from "./side.js";
import { stateSwitch } from "./state-switch.js";

describeRefusals();
void synchronise();
const panes = conversationPanes($("#desk-panes"));
/** @param {string} part */
const place = (part) => $(`.desk-part[data-part="${part}"]`);
/** @type {Record<string, Desk.Part>} */
const parts = {
  "": { show() {}, hide() {} },
  history: onceWanted(async () => (await import("./history.js")).historyPart(place("history"))),
  day: onceWanted(async () => (await import("./day.js")).dayPart(place("day"))),
  replies: onceWanted(async () => (await import("./replies.js")).repliesPart(place("replies"))),
};
if (settings.supervises) {
  parts.wallboard = onceWanted(async () =>
    (await import("./wallboard.js")).wallboardPart(place("wallboard"), (id) => {
      showPart("");
      panes.focusOn(id);
    }),
  );
}
stateSwitch($("#desk-state"));
conversationList($("#desk-list"), panes.focusOn);
const stopWaiting = store.onChange(async () => {
  if (!store.toWrapUp.length) return;
  stopWaiting();
  (await import("./wrap-up.js")).wrapUpForm($("#desk-wrap-up"));
});
customerSide($("#desk-side"));
watchAlerts($("#desk-alerts"));
watchKeys($("#desk-keys"), { panes, isTalking: () => current === "", toTalks: () => showPart("") });
const notices = $("#desk-notice");
const [connection, tabs] = [document.createElement("div"), document.createElement("div")];
notices.append(connection, tabs);
watchConnection(connection);
watchOtherTabs(tabs);

let current = settings.part;
parts[current].show();
for (const link of $$(".desk-parts a")) {
  link.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showPart(link.dataset.part);
  });
}
window.addEventListener("popstate", () => showPart(partOf(location.pathname), { isBack: true }));
$("#desk-log-out").addEventListener("submit", confirmLogOut);

if (settings.is_counselor) {
  live.subscribe(`/sub/counselor/${settings.user.id}`, (event) => {
    tellOf(event);
    if (store.hear(event)) refresh();
  });
} else {
  window.setInterval(refresh, 10_000); // a supervisor without a profile has no topic of their own
}
await readDesk();
await bringBack();

/**
 * A part whose module is loaded when it is first shown: most desks never leave the conversations.
 *
 * @param {() => Promise<Desk.Part>} load
 * @returns {Desk.Part}
 */
function onceWanted(load) {
  /** @type {Promise<Desk.Part> | null} */
  let loading = null;
  let isShown = false;
  return {
    async show() {
      isShown = true;
      try {
        const part = await (loading ??= load());
        if (isShown) part.show();
      } catch {
        loading = null;
        say(gettext("This part could not be loaded. Check your connection and choose it again."), { kind: "warning" });
      }
    },
    hide() {
      isShown = false;
      void loading?.then((part) => part.hide(), () => {});
    },
  };
}

/** @param {string} path */
function partOf(path) {
  return Object.entries(settings.parts).find(([, address]) => address === path)?.[0] ?? "";
}

/** @param {string} part */
function showPart(part, { isBack = false } = {}) {
  if (part === current || !parts[part]) return;
  parts[current].hide();
  current = part;
  for (const section of $$(".desk-part")) section.hidden = section.dataset.part !== part;
  for (const link of $$(".desk-parts a")) {
    if (link.dataset.part === part) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!isBack) history.pushState(null, "", settings.parts[part]);
  closeSide();
  parts[part].show();
  $("#main").focus({ preventScroll: true });
}

/**
 * What has to be told besides what the desk shows.
 *
 * @param {Desk.Event} event
 */
function tellOf(event) {
  const name = store.item(event.session_id)?.session.customer.name ?? "";
  if (event.type === "ASSIGNED" && !store.item(event.session_id)) {
    alertDesk({ title: gettext("A new conversation is yours"), body: event.customer?.name ?? event.subject ?? "", tag: `talk-${event.session_id}` });
  } else if (event.type === "ENDED" && event.reason === "take_over") {
    say(`${name}: ${gettext("A supervisor has taken this conversation over. What was said stays in your history.")}`, { kind: "warning", seconds: 0 });
  } else if (event.type === "OFFER_LAPSED" && event.reason === "lapsed") {
    say(gettext("An offer was not taken in time and went back to the line."), { kind: "warning" });
  } else if (event.type === "WHISPER") {
    alertDesk({ title: gettext("A supervisor whispers"), body: event.content, tag: `whisper-${event.session_id}` });
  }
}

/** @param {SubmitEvent} event */
async function confirmLogOut(event) {
  const load = store.counselor?.load ?? 0;
  if (!load) return;
  event.preventDefault();
  const sure = await ask({
    title: gettext("You still have conversations"),
    text: gettext("Their customers wait for you for a short time and then go to colleagues. End or transfer them first, if you can."),
    confirm: gettext("Log out all the same"), cancel: gettext("Stay"), danger: true,
  });
  if (sure) $("#desk-log-out").submit();
}

function describeRefusals() {
  describe("counselor_state", () => ({ title: gettext("That does not go from your present state"), detail: gettext("It was changed in the meantime. The desk shows how it stands.") }));
  describe("session_state", () => ({ title: gettext("The conversation has moved on"), detail: gettext("It ended, or went to somebody else in the meantime.") }));
  describe("offer_gone", () => ({ title: gettext("The offer is gone"), detail: gettext("Its time was over, or the customer left. The next one comes by itself.") }));
  describe("no_free_capacity", () => ({ title: gettext("No free place there"), detail: gettext("That counselor has become busy or paused. Choose somebody else, or a line.") }));
  describe("not_a_counselor", () => ({ title: gettext("Your profile is not active"), detail: gettext("Ask the support lead to activate it.") }));
  describe("not_found", () => ({ title: gettext("It is not there any more"), detail: gettext("The conversation went to somebody else, or has been put away.") }));
  describe("permission_denied", () => ({ title: gettext("Your account may not do that"), detail: gettext("Ask a supervisor, or the support lead for the permission.") }));
}
