// What one writes with: a field that grows, files, emoji. Nothing typed is lost: the draft is kept at every key.
import { $, fill, h, svg } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";
import { ACCEPTED, whyNot } from "./files.js";
import { Uploads } from "./uploads.js";

export const MAX_LENGTH = 4_000; // characters, as the server counts them
const COUNTED_FROM = 3_500;
const MAX_HEIGHT_PX = 160;
const COMPOSING_KEY = 229; // what Safari calls the Enter that ends a composition

const CLIP = "M21 11.5l-8.6 8.6a5.5 5.5 0 0 1-7.8-7.8l9-9a3.7 3.7 0 0 1 5.2 5.2l-9 9a1.8 1.8 0 0 1-2.6-2.6l8.2-8.2";
const FACE = ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8.5 14.5a4.5 4.5 0 0 0 7 0", "M9 9.5v.01M15 9.5v.01"];
const PLANE = "M4 12l16-8-6 17-3-7-7-2z";

let composers = 0;

/**
 * Tell whether a key press means "send": Enter by itself, and not the one that ends a Korean syllable.
 *
 * @param {KeyboardEvent} event
 * @param {{isTouch: boolean}} where
 */
export function meansSend(event, { isTouch }) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false;
  return !isTouch && !event.isComposing && event.keyCode !== COMPOSING_KEY;
}

export class Composer {
  /**
   * @param {HTMLElement} element  is filled
   * @param {Counsel.ComposerOptions} options
   */
  constructor(element, { talk, upload, placeholder = gettext("Write a message"), onInput = () => {}, dropZone = element }) {
    this.#talk = talk;
    this.#onInput = onInput;
    const id = `composer-${(composers += 1)}`;
    this.textarea = h("textarea.composer-text", {
      rows: "1", placeholder, "aria-label": placeholder, "aria-describedby": `${id}-hint ${id}-problem`, enterkeyhint: isTouch() ? "enter" : "send",
      oninput: () => this.#typed(), onkeydown: (event) => this.#pressed(event), onpaste: (event) => this.#pasted(event),
    });
    this.#picker = h("input", { type: "file", hidden: true, multiple: true, accept: ACCEPTED.join(","), onchange: () => this.#picked() });
    this.#attach = button("attach", gettext("Attach files (images and PDF, up to 5 MB each)"), () => this.#picker.click(), CLIP);
    this.#smile = button("smile", gettext("Emoji"), () => this.#toggleEmoji(), ...FACE);
    this.#smile.setAttribute("aria-expanded", "false");
    this.#send = h("button.composer-send", { type: "submit", "aria-label": gettext("Send"), title: gettext("Send") }, svg("0 0 24 24", PLANE));
    this.#problem = h("p.composer-problem", { id: `${id}-problem`, role: "alert" });
    this.#count = h("span.composer-count", { "aria-live": "polite" });
    this.#emoji = h("div.composer-emoji", { hidden: true });
    this.#uploads = new Uploads({ upload, keep: talk, onChange: () => this.#judge(), onReady: (attachment) => talk.say("", attachment) });
    const hint = isTouch() ? gettext("Images and PDF, up to 5 MB") : gettext("Enter to send · Shift+Enter for a new line · images and PDF, up to 5 MB");
    this.#form = h(
      "form.composer",
      { onsubmit: (event) => this.#submitted(event), onkeydown: (event) => this.#escaped(event) },
      this.#uploads.node,
      this.#emoji,
      h("div.composer-box", {}, this.#attach, this.#smile, this.textarea, this.#send),
      h("p.composer-foot", {}, h("span", { id: `${id}-hint` }, hint), this.#count),
      this.#problem,
      this.#picker,
    );
    element.replaceChildren(this.#form);
    this.#endings = [acceptDrops(dropZone, (files) => this.add(files)), talk.onChange(() => this.#judge())];
    this.textarea.value = talk.draft;
    this.#grow();
    this.#judge();
  }

  #talk;
  #onInput;
  #form;
  #picker;
  #attach;
  #smile;
  #send;
  #problem;
  #count;
  #emoji;
  #uploads;
  #endings;

  focus() {
    this.textarea.focus({ preventScroll: true });
  }

  /**
   * Put a text where the cursor is, or in the place of everything.
   *
   * @param {string} text
   */
  insert(text, { replace = false } = {}) {
    const field = this.textarea;
    field.setRangeText(text, replace ? 0 : field.selectionStart, replace ? field.value.length : field.selectionEnd, "end");
    this.#typed();
    this.focus();
  }

  /**
   * Take in files: each is looked at, uploaded at once, and sent with the next "send".
   *
   * @param {Iterable<File> | null} files
   */
  add(files) {
    const given = [...(files ?? [])];
    if (!this.#talk.canWrite) {
      this.#say(gettext("Files can be sent once somebody is there."));
      return;
    }
    this.#say(given.map(whyNot).filter(Boolean).join(" "));
    for (const file of given) if (!whyNot(file)) this.#uploads.add(file);
  }

  destroy() {
    for (const end of this.#endings) end();
    this.#uploads.destroy();
  }

  #typed() {
    this.#talk.draft = this.textarea.value;
    if (this.textarea.value.trim()) this.#talk.type();
    this.#say("");
    this.#grow();
    this.#judge();
    this.#onInput(this.textarea.value);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!meansSend(event, { isTouch: isTouch() })) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault();
    const text = this.textarea.value;
    if (this.#length() > MAX_LENGTH) return;
    if (text.trim()) this.#talk.say(text);
    this.#uploads.send();
    this.textarea.value = "";
    this.#typed();
    this.focus();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  #picked() {
    this.add(this.#picker.files);
    this.#picker.value = "";
    this.focus();
  }

  async #toggleEmoji(isOpen = this.#emoji.hidden) {
    if (isOpen && !this.#emoji.hasChildNodes()) {
      const { emojiPicker } = await import("./emoji.js"); // most people have a keyboard with them
      fill(this.#emoji, emojiPicker((emoji) => this.insert(emoji)));
    }
    this.#emoji.hidden = !isOpen;
    this.#smile.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) $('[tabindex="0"]', this.#emoji).focus();
  }

  /** @param {KeyboardEvent} event */
  #escaped(event) {
    if (event.key !== "Escape" || this.#emoji.hidden) return;
    event.preventDefault(); // closes this, and not what is around it
    event.stopPropagation();
    void this.#toggleEmoji(false);
    this.#smile.focus();
  }

  #grow() {
    const { style } = this.textarea;
    style.setProperty("height", "auto");
    style.setProperty("height", `${Math.min(this.textarea.scrollHeight + 2, MAX_HEIGHT_PX)}px`);
  }

  #length() {
    return [...this.textarea.value].length;
  }

  #judge() {
    const length = this.#length();
    this.#count.textContent = length < COUNTED_FROM ? "" : `${length} / ${MAX_LENGTH}`;
    this.#count.classList.toggle("is-over", length > MAX_LENGTH);
    const hasSomething = this.textarea.value.trim() !== "" || this.#uploads.hasSome;
    this.#send.disabled = !hasSomething || length > MAX_LENGTH || this.#talk.isOver;
    this.#attach.disabled = !this.#talk.canWrite;
    const failure = this.#uploads.takeProblem();
    if (failure) this.#say(messageOfUpload(failure));
  }

  /** @param {string} text */
  #say(text) {
    if (this.#problem.textContent !== text) this.#problem.textContent = text;
  }
}

/** @param {Counsel.UploadFailure} failure */
function messageOfUpload({ name, error }) {
  if (error.code === "attachment_refused") {
    return interpolate(gettext("“%(name)s” cannot be sent. Images (PNG, JPEG, GIF, WebP) and PDF files of up to 5 MB can."), { name });
  }
  return interpolate(gettext("“%(name)s” was not uploaded: %(why)s"), { name, why: messageOf(error).title });
}

/**
 * @param {string} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {...string} paths
 */
function button(name, label, onclick, ...paths) {
  return h(`button.composer-tool.composer-${name}`, { type: "button", "aria-label": label, title: label, onclick }, svg("0 0 24 24", ...paths));
}

/** Without a keyboard Enter is for new lines: the button is near the thumb. */
function isTouch() {
  return window.matchMedia("(hover: none) and (pointer: coarse)").matches;
}

/**
 * @param {HTMLElement} zone
 * @param {(files: FileList) => void} onFiles
 */
function acceptDrops(zone, onFiles) {
  const names = /** @type {const} */ (["dragenter", "dragleave", "dragover", "drop"]);
  let depth = 0;
  const handle = (/** @type {DragEvent} */ event) => {
    const { dataTransfer, type } = event;
    if (!dataTransfer?.types.includes("Files")) return;
    if (type === "dragenter") depth += 1;
    else if (type === "dragleave") depth -= 1;
    else event.preventDefault();
    if (type === "drop") depth = 0;
    zone.classList.toggle("is-drop-target", depth > 0);
    if (type === "drop") onFiles(dataTransfer.files);
  };
  for (const name of names) zone.addEventListener(name, handle);
  return () => {
    for (const name of names) zone.removeEventListener(name, handle);
  };
}
