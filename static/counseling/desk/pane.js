// One conversation in its column: who it is, what was said, and what one writes with or watches by.
import { call } from "../../common/api.js";
import { ask } from "../../common/dialog.js";
import { $, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { say } from "../../common/notices.js";
import { Composer } from "../talk/composer.js";
import { Transcript } from "../talk/transcript.js";
import { attempt, refresh, settings, store } from "./context.js";
import { JOINED, MINE, PAST, WATCHED } from "./store.js";
import { Suggestions } from "./suggest.js";

export class Pane {
  /**
   * @param {Desk.Item} item
   * @param {Desk.Opened} opened
   */
  constructor(item, opened) {
    this.opened = opened;
    this.part = item.part;
    this.id = item.id;
    this.#session = item.session;
    this.#name = h("h2.desk-pane-name", {}, item.session.customer.name);
    this.#about = h("p.desk-pane-about.quiet", {});
    this.#state = h("span.badge", { hidden: true });
    this.#whispers = h("div.desk-whispers", { role: "status", "aria-live": "polite" });
    this.#foot = h("div.desk-pane-foot", {});
    const log = h("div", {});
    this.node = h(
      "section.desk-pane",
      { "aria-label": interpolate(gettext("Conversation with %(name)s"), { name: item.session.customer.name }), dataset: { part: item.part, session: String(item.id) }, onfocusin: () => store.setFocus(this.id) },
      h("header.desk-pane-head", {}, h("button.button.small.desk-back", { type: "button", onclick: () => document.body.classList.remove("shows-talk") }, gettext("List")), h("div.desk-pane-who", {}, this.#name, this.#about), this.#state, this.#buttons()),
      h("div.desk-whispers-place", {}, this.#whispers),
      log,
      this.#foot,
    );
    this.#transcript = new Transcript(log, {
      talk: opened.talk,
      loadOlder: opened.loadOlder,
      fetchFile: opened.fetchFile,
      label: interpolate(gettext("What was said with %(name)s"), { name: item.session.customer.name }),
    });
    this.#fillFoot();
    this.#stop = opened.talk.onChange(() => this.#judge());
  }

  #session;
  #name;
  #about;
  #state;
  #whispers;
  #foot;
  #transcript;
  /** @type {Composer | null} */
  #composer = null;
  /** @type {Suggestions | null} */
  #suggestions = null;
  /** @type {Desk.Button} */
  #end = null;
  #stop;

  /**
   * @param {Desk.Item} item
   * @param {{isFocused: boolean, isAlone: boolean}} where
   */
  update({ session }, { isFocused, isAlone }) {
    this.#session = session;
    this.node.classList.toggle("is-focused", isFocused && !isAlone);
    this.#about.textContent = [session.category.name, session.subject, this.part !== MINE && session.counselor?.name].filter(Boolean).join(" · ");
    this.#showWhispers();
    this.#judge();
  }

  focus() {
    if (this.#composer && !this.opened.talk.isOver) this.#composer.focus();
    else $("[role=log]", this.node).focus();
  }

  destroy() {
    this.#stop();
    this.#transcript.destroy();
    this.#composer?.destroy();
    this.node.remove();
  }

  /** Begin a canned reply, as the shortcut does. */
  beginReply() {
    this.#suggestions?.begin();
  }

  async end() {
    if (this.part !== MINE || this.opened.talk.isOver) return;
    const { name } = this.#session.customer;
    const sure = await ask({
      title: interpolate(gettext("End the conversation with %(name)s?"), { name }),
      text: gettext("The customer is told, and can rate it. You then say how it came out."),
      confirm: gettext("End it"),
      cancel: gettext("Go on talking"),
    });
    if (sure) await attempt(() => call(`/api/sessions/${this.id}/end`, { method: "POST", body: {} }), { button: this.#end });
  }

  async transfer() {
    if (this.part !== MINE || this.opened.talk.isOver) return;
    const { transferDialog } = await import("./transfer.js"); // most conversations end where they began
    const to = await transferDialog(this.#session);
    if (to) {
      say(interpolate(gettext("%(name)s is now with %(to)s."), { name: this.#session.customer.name, to }), { kind: "success" });
      refresh();
    }
  }

  #buttons() {
    if (this.part === MINE) {
      this.#end = h("button.button.small", { type: "button", onclick: () => this.end() }, gettext("End conversation"));
      return h("div.desk-pane-acts", {}, h("button.button.small", { type: "button", onclick: () => this.transfer() }, gettext("Transfer")), this.#end, this.#sideButton());
    }
    const close = h("button.button.small", { type: "button", onclick: () => store.putAway(this.id) }, this.part === WATCHED ? gettext("Stop watching") : gettext("Put away"));
    return h("div.desk-pane-acts", {}, this.part === JOINED ? null : close, this.#sideButton());
  }

  #sideButton() {
    return h("button.button.small.desk-side-open", { type: "button", onclick: () => {
      store.setFocus(this.id);
      document.body.classList.add("shows-side");
      $("button, [tabindex]", $("#desk-side"))?.focus();
    } }, gettext("Customer"));
  }

  #fillFoot() {
    if (this.part === PAST) return;
    const { talk } = this.opened;
    if (this.part === WATCHED || this.part === JOINED) this.#foot.append(this.#watchBar());
    if (this.part === WATCHED) return;
    const place = h("div", {});
    this.#foot.append(place);
    const composer = new Composer(place, {
      talk,
      upload: this.opened.uploadFile,
      placeholder: this.part === JOINED ? gettext("Write to both") : gettext("Message, or / and a shortcut"),
      dropZone: this.node,
    });
    this.#composer = composer;
    if (settings.is_counselor) {
      this.#suggestions = new Suggestions({ composer, session: () => this.#session, counselor: settings.user.name });
      this.#foot.append(this.#suggestions.node);
    }
  }

  /** For supervisors only, and so not loaded before. */
  #watchBar() {
    const place = h("div", {});
    void import("./watch.js").then(({ watchBar }) => place.append(watchBar(this.id, { hasJoined: this.part === JOINED })));
    return place;
  }

  #judge() {
    const { talk } = this.opened;
    this.#state.hidden = talk.status === "IN_PROGRESS";
    this.#state.textContent = talk.isOver ? gettext("Ended") : gettext("In the line");
    if (this.#end) this.#end.disabled = talk.isOver;
    this.node.classList.toggle("is-over", talk.isOver);
  }

  #showWhispers() {
    const whispers = store.whispers.get(this.id) ?? [];
    if (this.#whispers.childElementCount === whispers.length + Number(whispers.length > 0)) return;
    this.#whispers.replaceChildren(
      ...whispers.map(({ content, author }) => h("p", {}, h("strong", {}, interpolate(gettext("%(name)s whispers:"), author)), " ", content)),
      ...(whispers.length ? [h("button.button.small", { type: "button", onclick: () => store.hideWhispers(this.id) }, gettext("Got it"))] : []),
    );
  }
}
