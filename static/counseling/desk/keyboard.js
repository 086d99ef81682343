// The desk by keyboard. All but the question mark need Alt, so that nobody sets one off while writing; the question
// mark can be switched off.
import { $, h } from "../../common/dom.js";
import { openDialog } from "../../common/dialog.js";
import { gettext } from "../../common/i18n.js";
import { settings, store } from "./context.js";
import { acceptOffer, declineOffer } from "./list.js";
import { leaveFor } from "./state-switch.js";
import { State } from "./states.js";

const KEY = `desk:${settings.user.id}:question-mark`;

function hasQuestionMark() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

/**
 * [the key, what is pressed, what it does in words, what is done]. By the key's place, so that Korean and Latin layouts agree.
 *
 * @returns {[code: string, pressed: string, words: string, act: () => unknown][]}
 */
function shortcuts(panes) {
  const firstOffer = () => store.offers[0]?.session_id;
  const side = (selector) => {
    document.body.classList.add("shows-side");
    $(selector, $("#desk-side"))?.focus();
  };
  return [
    ["ArrowDown", "Alt ↓", gettext("Next conversation"), () => { store.moveFocus(1); panes.focusOn(store.focus); }],
    ["ArrowUp", "Alt ↑", gettext("Previous conversation"), () => { store.moveFocus(-1); panes.focusOn(store.focus); }],
    ["KeyA", "Alt A", gettext("Accept the first offer"), () => firstOffer() && acceptOffer(firstOffer())],
    ["KeyX", "Alt X", gettext("Decline the first offer"), () => firstOffer() && declineOffer(firstOffer())],
    ["KeyR", "Alt R", gettext("Be ready"), () => settings.is_counselor && leaveFor(State.READY)],
    ["KeyP", "Alt P", gettext("Pause"), () => settings.is_counselor && leaveFor(State.ONLINE)],
    ["KeyM", "Alt M", gettext("Write in this conversation"), () => panes.current?.focus()],
    ["Slash", "Alt /", gettext("Choose a canned reply"), () => panes.current?.beginReply()],
    ["KeyT", "Alt T", gettext("Transfer this conversation"), () => panes.current?.transfer()],
    ["KeyW", "Alt W", gettext("End this conversation"), () => panes.current?.end()],
    ["KeyN", "Alt N", gettext("Write a note"), () => side("#desk-note")],
    ["KeyC", "Alt C", gettext("Customer's orders and holds"), () => side("summary, button, [tabindex]")],
  ];
}

export function watchKeys(button, { panes, isTalking, toTalks }) {
  const known = shortcuts(panes);
  button.addEventListener("click", () => showKeys(known));
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?" && hasQuestionMark() && !event.altKey && !event.ctrlKey && !event.metaKey && !isWriting(event.target)) {
      event.preventDefault();
      showKeys(known);
      return;
    }
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    const shortcut = known.find(([code]) => code === event.code);
    if (!digit && !shortcut) return;
    event.preventDefault();
    if (!isTalking()) toTalks();
    if (shortcut) shortcut[3]();
    else if (store.items[Number(digit) - 1]) panes.focusOn(store.items[Number(digit) - 1].id);
  });
}

function isWriting(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

function showKeys(known) {
  const row = (keys, words) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").flatMap((key, at) => [at ? " + " : "", h("kbd", {}, key)])), h("td", {}, words));
  const mark = h("input", { type: "checkbox", id: "desk-question-mark", checked: hasQuestionMark(), onchange: () => {
    try {
      localStorage.setItem(KEY, mark.checked ? "on" : "off");
    } catch {
      // Nothing is kept in this window.
    }
  } });
  const dialog = h(
    "dialog.desk-keys",
    { "aria-labelledby": "desk-keys-title" },
    h("h2", { id: "desk-keys-title" }, gettext("Keyboard shortcuts")),
    h("table", {}, h("tbody", {}, row("?", gettext("This list")), known.map(([, keys, words]) => row(keys, words)), row("Alt 1…9", gettext("The conversation at this place of the list")), row("/", gettext("In a message: a canned reply by its shortcut")))),
    h("p", {}, h("label", { for: "desk-question-mark" }, mark, " ", gettext("The key ? opens this list"))),
    h("form.actions", { method: "dialog" }, h("button.button.primary", {}, gettext("Close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  openDialog(dialog);
}
