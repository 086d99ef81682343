// The desk by keyboard. All but the question mark need Alt, so that nobody sets one off while writing; the question
// mark can be switched off.
import { $ } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { markChoice } from "./choices.js";
import { settings, store } from "./context.js";
import { acceptOffer, declineOffer } from "./list.js";
import { leaveFor } from "./state-switch.js";
import { State } from "./states.js";

/**
 * [the key, what is pressed, what it does in words, what is done]. By the key's place, so that Korean and Latin layouts agree.
 *
 * @param {Desk.Panes} panes
 * @returns {Desk.Shortcut[]}
 */
function shortcuts(panes) {
  const withOffer = (/** @type {(id: number) => void} */ act) => store.offers.slice(0, 1).forEach((one) => act(one.session_id));
  const side = (/** @type {string} */ selector) => {
    document.body.classList.add("shows-side");
    $(selector, $("#desk-side"))?.focus();
  };
  return [
    ["ArrowDown", "Alt ↓", gettext("Next conversation"), () => { store.moveFocus(1); panes.focusOn(store.focus); }],
    ["ArrowUp", "Alt ↑", gettext("Previous conversation"), () => { store.moveFocus(-1); panes.focusOn(store.focus); }],
    ["KeyA", "Alt A", gettext("Accept the first offer"), () => withOffer(acceptOffer)],
    ["KeyX", "Alt X", gettext("Decline the first offer"), () => withOffer(declineOffer)],
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

/**
 * @param {HTMLElement} button
 * @param {{panes: Desk.Panes, isTalking: () => boolean, toTalks: () => void}} desk
 */
export function watchKeys(button, { panes, isTalking, toTalks }) {
  const known = shortcuts(panes);
  const showKeys = async () => (await import("./key-list.js")).showKeys(known);
  button.addEventListener("click", showKeys);
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?" && markChoice.value !== "off" && !event.altKey && !event.ctrlKey && !event.metaKey && !isWriting(event.target)) {
      event.preventDefault();
      void showKeys();
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

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}
