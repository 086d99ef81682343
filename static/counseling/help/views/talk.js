// A conversation: the place in the line, what is said, and how it was.
import { $, fill, h } from "../../../common/dom.js";
import { ask } from "../../../common/dialog.js";
import { gettext, interpolate } from "../../../common/i18n.js";
import { showProblem } from "../../../common/problems.js";
import { Composer } from "../../talk/composer.js";
import { Transcript } from "../../talk/transcript.js";
import { reasonText } from "../../talk/messages.js";
import { isWaiting } from "../sessions.js";
import { etaText, placeText } from "../messages.js";
import { ratingForm } from "./rating.js";

/**
 * @param {Help.Panel} panel
 * @param {Help.Place} place
 * @returns {Promise<Help.Made>}
 */
export async function talkView(panel, { sessionId }) {
  const session = await panel.model.get(sessionId);
  const opened = panel.model.talkOf(session);
  const view = new TalkView(panel, session, opened);
  return {
    title: titleOf(session),
    node: view.node,
    back: { name: "home" },
    focus: () => view.composer?.textarea,
    shown: () => view.transcript.toEnd(),
    destroy: () => view.destroy(),
  };
}

/** @param {Help.Session} session */
const titleOf = (session) => session.subject || session.category.name;

class TalkView {
  /**
   * @param {Help.Panel} panel
   * @param {Help.Session} session
   * @param {Counsel.Opened} opened
   */
  constructor(panel, session, opened) {
    this.#panel = panel;
    this.#session = session;
    this.#opened = opened;
    this.#strip = h("div.help-strip", {});
    this.#line = h("section.help-line", { "aria-label": gettext("Your place in the line") });
    this.#foot = h("div.help-foot", {});
    const log = h("div", {});
    this.node = h("div.help-talk", {}, this.#strip, this.#line, log, this.#foot);
    this.transcript = new Transcript(log, { ...opened, label: gettext("Conversation") });
    this.#stop = panel.model.onChange(() => this.#show());
    this.#show();
  }

  #panel;
  #session;
  #opened;
  #strip;
  #line;
  #foot;
  #stop;
  /** @type {Record<string, string>} what each part shows, so that it is made anew only when that has changed */
  #shown = {};
  /** @type {Composer | null} */
  composer = null;

  destroy() {
    this.#stop();
    this.transcript.destroy();
    this.composer?.destroy();
    this.#panel.model.release(this.#session.id);
  }

  #show() {
    const session = this.#panel.model.sessions.get(this.#session.id) ?? this.#session;
    this.#panel.retitle(titleOf(session)); // after a transfer it is about another category
    this.#part("strip", [session.status, session.counselor?.id, session.category.id], () => fill(this.#strip, this.#people(session)));
    this.#part("line", isWaiting(session), () => this.#queue(session));
    if (isWaiting(session)) this.#place(session);
    this.#part("foot", [this.#opened.talk.isOver, session.rating], () => this.#below(session));
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @param {() => void} make
   */
  #part(name, value, make) {
    const wanted = JSON.stringify(value);
    if (this.#shown[name] === wanted) return;
    this.#shown[name] = wanted;
    make();
  }

  /** @param {Help.Session} session */
  #people(session) {
    const isGoing = session.status === "IN_PROGRESS";
    const who = isGoing && session.counselor ? interpolate(gettext("%(name)s, counselor"), { name: session.counselor.name }) : session.category.name;
    const end = h("button.button.help-small", { type: "button", onclick: () => this.#end(session) }, gettext("End conversation"));
    return [h(`span.help-dot${isGoing ? ".is-on" : ""}`, { "aria-hidden": "true" }), h("span.help-who", {}, who), isGoing && end];
  }

  /** @param {Help.Session} session */
  #queue(session) {
    this.#line.hidden = !isWaiting(session);
    if (this.#line.hidden) return;
    this.#line.replaceChildren(
      h("p.help-place", { "aria-live": "polite" }),
      h("p.help-eta.quiet", {}),
      h("p.help-early.quiet", {}, gettext("You can write already; it is sent as soon as somebody is there.")),
      h("p.help-long", { hidden: true }, gettext("It takes longer than usual. You can also ask in writing, and we answer by e-mail.")),
      h("div.cluster", {},
        h("button.button.help-small", { type: "button", onclick: () => this.#leave(session) }, gettext("Leave the line")),
        h("button.button.quiet.help-small", { type: "button", onclick: () => this.#panel.go({ name: "inquiry", sessionId: this.#session.id }) }, gettext("Ask in writing instead")),
      ),
    );
  }

  /** @param {Help.Session} session */
  #place(session) {
    const put = (/** @type {string} */ selector, /** @type {string} */ text) => {
      const element = $(selector, this.#line);
      if (element.textContent !== text) element.textContent = text;
    };
    put(".help-place", placeText(session));
    put(".help-eta", etaText(session) || "\u00a0");
    $(".help-long", this.#line).hidden = !session.inquiry_offered;
  }

  /** @param {Help.Session} session */
  #below(session) {
    const { talk } = this.#opened;
    if (!talk.isOver) {
      const place = h("div", {});
      this.composer = new Composer(place, { talk, upload: this.#opened.uploadFile, dropZone: this.node });
      this.#foot.replaceChildren(place);
      return;
    }
    const hadFocus = this.#foot.contains(document.activeElement);
    this.composer?.destroy();
    this.composer = null;
    const canRate = session.status === "ENDED" && !session.rating;
    const over = h("p.help-over", { tabindex: "-1" }, reasonText(talk.endReason, talk.me));
    fill(
      this.#foot,
      over,
      (talk.hasUnsent || talk.draft) && this.#unsent(),
      canRate && ratingForm((rating) => this.#panel.model.rate(session, rating)),
      session.rating && h("p.help-thanks", { role: "status" }, interpolate(gettext("Thank you. You gave %(score)s of 5."), { score: session.rating })),
      h("button.button.wide", { type: "button", onclick: () => this.#panel.go({ name: "home" }) }, gettext("Ask something else")),
    );
    if (hadFocus) over.focus({ preventScroll: true });
    this.transcript.toEnd();
  }

  /** What was not sent before the end is not lost. */
  #unsent() {
    const write = () => this.#panel.go({ name: "inquiry", sessionId: this.#session.id });
    return h(
      "p.notice.warning",
      {},
      gettext("Not everything you wrote was sent before the end."),
      " ",
      h("button.message-choice", { type: "button", onclick: write }, gettext("Ask it in writing")),
    );
  }

  /** @param {Help.Session} session */
  async #leave(session) {
    const sure = await ask({
      title: gettext("Leave the line?"),
      text: gettext("Your place is given up. Whoever asks again begins at the end."),
      confirm: gettext("Leave the line"),
      cancel: gettext("Keep waiting"),
      danger: true,
    });
    if (sure) await this.#panel.model.end(session).catch(showProblem);
  }

  /** @param {Help.Session} session */
  async #end(session) {
    const sure = await ask({
      title: gettext("End the conversation?"),
      text: gettext("You can read it again at any time among your past conversations."),
      confirm: gettext("End it"),
      cancel: gettext("Go on"),
    });
    if (sure) await this.#panel.model.end(session).catch(showProblem);
  }
}
