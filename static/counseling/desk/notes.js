// What counselors and supervisors note about a conversation; its customer never sees it.
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { showProblem } from "../../common/problems.js";
import { formatTime } from "../../common/times.js";
import { drafts, store } from "./context.js";

const MAX_LENGTH = 2_000;

export class Notes {
  /**
   * @param {HTMLElement} element
   * @param {number} sessionId
   */
  constructor(element, sessionId) {
    this.#path = `/api/sessions/${sessionId}/notes`;
    this.#element = element;
    const draft = `note:${sessionId}`;
    this.#list = h("ul.desk-note-list", {});
    this.#text = h("textarea.desk-note-text", { id: "desk-note", rows: "2", maxlength: String(MAX_LENGTH), "aria-label": gettext("A note that the customer never sees"), placeholder: gettext("A note that the customer never sees"), oninput: () => drafts.setDraft(draft, this.#text.value) });
    this.#text.value = drafts.draft(draft);
    const add = h("button.button.small", {}, gettext("Keep note"));
    element.replaceChildren(
      h("h3", {}, gettext("Notes")),
      this.#list,
      h("form.desk-note-form", { onsubmit: async (event) => {
        event.preventDefault();
        if (!this.#text.value.trim()) return;
        add.disabled = true;
        try {
          this.#show(await call(this.#path, { method: "POST", body: { content: this.#text.value } }));
          this.#text.value = "";
          drafts.setDraft(draft, "");
        } catch (error) {
          showProblem(error);
        } finally {
          add.disabled = false;
        }
      } }, this.#text, add),
    );
    void this.#read();
    let heard = store.whispers.get(sessionId)?.length ?? 0;
    const stop = store.onChange(() => {
      if (!element.contains(this.#list)) return stop();
      const count = store.whispers.get(sessionId)?.length ?? 0;
      if (count > heard) void this.#read();
      heard = count;
    });
  }

  #path;
  #element;
  #list;
  #text;

  async #read() {
    try {
      const notes = await call(this.#path);
      if (!this.#element.contains(this.#list)) return;
      this.#list.replaceChildren();
      for (const note of notes) this.#show(note);
    } catch (error) {
      if (error.code !== "not_found") showProblem(error);
    }
  }

  /** @param {Desk.Note} note */
  #show({ author, content, is_whisper: isWhisper, created_at: at }) {
    const who = isWhisper ? interpolate(gettext("%(name)s whispered"), author) : author.name;
    this.#list.append(h("li", { class: isWhisper ? "is-whisper" : "" }, h("p.quiet", {}, `${who} · ${formatTime(at, "time")}`), h("p", {}, content)));
  }
}
