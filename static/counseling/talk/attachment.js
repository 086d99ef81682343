// A file in a conversation. Only its people get it, by their token: so it is fetched, and shown from memory.
import { openDialog } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";
import { isImage, sizeText } from "./files.js";

/**
 * Return {node, destroy} of a file: a picture as a preview in a frame of its own size, others by name.
 *
 * @param {Counsel.Attachment} attachment
 * @param {Counsel.FetchFile} fetchFile
 */
export function fileOf(attachment, fetchFile) {
  return isImage(attachment) ? new Picture(attachment, fetchFile) : new Other(attachment, fetchFile);
}

class Picture {
  /**
   * @param {Counsel.Attachment} attachment
   * @param {Counsel.FetchFile} fetchFile
   */
  constructor(attachment, fetchFile) {
    this.#attachment = attachment;
    this.#fetchFile = fetchFile;
    this.node = h("div.file-picture", {});
    this.#load();
  }

  #attachment;
  #fetchFile;
  #address = "";
  #isGone = false;

  destroy() {
    this.#isGone = true;
    if (this.#address) URL.revokeObjectURL(this.#address);
  }

  async #load() {
    this.node.replaceChildren(h("span.quiet", {}, gettext("Loading the picture…")));
    let blob;
    try {
      blob = await this.#fetchFile(this.#attachment);
    } catch (error) {
      const again = h("button.message-choice", { type: "button", onclick: () => this.#load() }, gettext("Try again"));
      this.node.replaceChildren(h("span", {}, messageOf(error).title), again);
      return;
    }
    if (this.#isGone) return;
    this.#address = URL.createObjectURL(blob);
    const { name } = this.#attachment;
    const label = interpolate(gettext("Enlarge the picture “%(name)s”"), { name });
    const picture = h("img", { src: this.#address, alt: "" });
    this.node.replaceChildren(h("button.file-preview", { type: "button", "aria-label": label, onclick: () => enlarge(name, this.#address) }, picture));
  }
}

/**
 * Show a picture as large as the window allows.
 *
 * @param {string} name
 * @param {string} address
 */
function enlarge(name, address) {
  const dialog = h(
    "dialog.file-full",
    { "aria-label": name },
    h("img", { src: address, alt: name }),
    h(
      "form.actions",
      { method: "dialog" },
      h("a.button", { href: address, download: name }, gettext("Save this file")),
      h("button.button.primary", {}, gettext("Close")),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  openDialog(dialog);
}

class Other {
  /**
   * @param {Counsel.Attachment} attachment
   * @param {Counsel.FetchFile} fetchFile
   */
  constructor(attachment, fetchFile) {
    this.#attachment = attachment;
    this.#fetchFile = fetchFile;
    this.#state = h("span.quiet", {}, sizeText(attachment.size_bytes));
    this.node = h(
      "button.file-other",
      { type: "button", onclick: () => this.#save() },
      h("span.file-kind", { "aria-hidden": "true" }, "PDF"),
      h("span.file-name", {}, attachment.name, h("span.visually-hidden", {}, ` (${gettext("Save this file")})`)),
      this.#state,
    );
  }

  #attachment;
  #fetchFile;
  #state;

  destroy() {}

  async #save() {
    try {
      const address = URL.createObjectURL(await this.#fetchFile(this.#attachment));
      h("a", { href: address, download: this.#attachment.name }).click();
      window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      this.#state.textContent = messageOf(error).title;
    }
  }
}
