// What a supervisor does with somebody else's conversation: whisper to its counselor, join it, take it over.
import { call } from "../../common/api.js";
import { ask } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";
import { say } from "../../common/notices.js";
import { attempt, drafts, store } from "./context.js";

const MAX_WHISPER = 2_000;

/**
 * @param {number} id
 * @param {{hasJoined: boolean}} how
 */
export function watchBar(id, { hasJoined }) {
  const name = `whisper:${id}`;
  const text = h("input.desk-whisper-text", { type: "text", maxlength: String(MAX_WHISPER), placeholder: gettext("Whisper to the counselor"), "aria-label": gettext("Whisper to the counselor; the customer does not see it"), autocomplete: "off", oninput: () => drafts.setDraft(name, text.value) });
  text.value = drafts.draft(name);
  const send = h("button.button.small", {}, gettext("Whisper"));
  const join = h("button.button.small", { type: "button", onclick: () => act("join", join) }, gettext("Join"));
  const takeOver = h("button.button.small", { type: "button", onclick: () => act("take-over", takeOver) }, gettext("Take over"));
  return h(
    "div.desk-watch",
    {},
    hasJoined ? null : h("p.desk-watch-why.quiet", {}, gettext("You are watching: neither of them sees you.")),
    h("form.desk-whisper", { onsubmit: (event) => {
      event.preventDefault();
      void whisper();
    } }, text, send),
    h("p.desk-watch-acts", {}, hasJoined ? null : join, takeOver),
  );

  async function whisper() {
    const content = text.value.trim();
    if (!content) return;
    const done = await attempt(() => call(`/api/sessions/${id}/whisper`, { method: "POST", body: { content } }), { button: send });
    if (!done) return;
    text.value = "";
    drafts.setDraft(name, "");
    say(gettext("The counselor has your whisper."), { kind: "success" });
    text.focus();
  }

  /**
   * @param {"join" | "take-over"} what
   * @param {HTMLButtonElement} button
   */
  async function act(what, button) {
    const words = {
      join: { title: gettext("Join this conversation?"), text: gettext("The customer and the counselor are told that you are there, and you can write to both."), confirm: gettext("Join") },
      "take-over": { title: gettext("Take this conversation over?"), text: gettext("It becomes yours at once; its counselor and the customer are told, and the counselor's place is free."), confirm: gettext("Take over") },
    }[what];
    if (!(await ask({ ...words, cancel: gettext("Only watch") }))) return;
    const done = await attempt(() => call(`/api/sessions/${id}/${what}`, { method: "POST" }), { button });
    if (done) store.setFocus(id);
  }
}
