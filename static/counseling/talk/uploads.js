// Files on their way: uploaded as soon as they are chosen, sent when the person says so, wherever they are by then.
// What has been uploaded and not sent is kept with the draft, so that a reload does not lose it.
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { sizeText } from "./files.js";

export class Uploads {
  /** @param {Counsel.UploadsOptions} options */
  constructor({ upload, keep, onReady, onChange }) {
    this.#upload = upload;
    this.#keep = keep;
    this.#onReady = onReady;
    this.#onChange = onChange;
    this.node = h("ul.composer-uploads", { "aria-label": gettext("Files to send") });
    for (const attachment of keep.draftFiles) this.#show({ name: attachment.name, size: attachment.size_bytes, attachment });
  }

  #upload;
  #keep;
  #onReady;
  #onChange;
  /** @type {Counsel.UploadItem[]} */
  #items = [];
  /** @type {Counsel.UploadFailure | null} */
  #failure = null;

  get hasSome() {
    return this.#items.length > 0;
  }

  /** What went wrong since it was asked last. */
  takeProblem() {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /** @param {File} file */
  async add(file) {
    const item = this.#show({ name: file.name, size: file.size, attachment: null });
    window.addEventListener("beforeunload", this.#warn);
    this.#onChange();
    try {
      const onProgress = (/** @type {number} */ share) => void (item.progress.value = share);
      item.attachment = await this.#upload(file, { onProgress, signal: item.stop.signal });
    } catch (error) {
      if (error.name !== "AbortError") this.#failure = { name: file.name, error };
      this.#remove(item);
      return;
    }
    item.progress.remove();
    if (item.isWanted) this.#handOver(item);
    else this.#changed();
  }

  /** Send what is there, and what is still on its way as soon as it is. */
  send() {
    for (const item of [...this.#items]) {
      item.isWanted = true;
      if (item.attachment) this.#handOver(item);
    }
  }

  /**
   * A file that is on its way is lost with the page: the browser asks first.
   *
   * @param {Event} event
   */
  #warn = (event) => {
    if (this.#items.some((item) => !item.attachment)) event.preventDefault();
  };

  destroy() {
    window.removeEventListener("beforeunload", this.#warn);
    for (const item of this.#items) if (!item.attachment) item.stop.abort();
  }

  /** @param {Counsel.UploadItem} item */
  #handOver(item) {
    this.#remove(item);
    if (item.attachment) this.#onReady(item.attachment);
  }

  /** @param {{name: string, size: number, attachment: Counsel.Attachment | null}} file */
  #show({ name, size, attachment }) {
    const label = interpolate(gettext("Uploading %(name)s"), { name });
    const progress = h("progress", { max: "1", value: "0", "aria-label": label });
    const away = interpolate(gettext("Do not send %(name)s"), { name });
    const leave = () => {
      if (!item.attachment) item.stop.abort();
      else this.#remove(item);
    };
    const node = h(
      "li.composer-upload",
      {},
      h("span.composer-upload-name", {}, name),
      h("span.quiet", {}, sizeText(size)),
      attachment ? null : progress,
      h("button.composer-upload-away", { type: "button", "aria-label": away, title: away, onclick: leave }, "✕"),
    );
    /** @type {Counsel.UploadItem} */
    const item = { attachment, isWanted: false, stop: new AbortController(), progress, node };
    this.#items.push(item);
    this.node.append(node);
    return item;
  }

  /** @param {Counsel.UploadItem} item */
  #remove(item) {
    this.#items = this.#items.filter((one) => one !== item);
    item.node.remove();
    this.#changed();
  }

  #changed() {
    this.#keep.draftFiles = this.#items.flatMap((item) => item.attachment ?? []);
    this.#onChange();
  }
}
