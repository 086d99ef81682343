// The rows of a conversation's log: made once, and changed in place.
import { fill, h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf } from "../../common/problems.js";
import { formatTime } from "../../common/times.js";
import { fileOf } from "./attachment.js";
import { linkify } from "./text.js";
import { roleName, systemEntryText } from "./messages.js";

/**
 * Something that happened.
 *
 * @implements {Counsel.ShownRow}
 */
export class SystemRow {
  /** @param {Counsel.Talk} talk */
  constructor(talk) {
    this.#me = talk.me;
    this.node = h("li.transcript-system", {});
  }

  #me;

  /** @param {Counsel.Row} row */
  update({ entry }) {
    if (entry && !this.node.hasChildNodes()) {
      this.node.append(systemEntryText(entry, this.#me), " ", h("time", { datetime: entry.sent_at }, formatTime(entry.sent_at, "time")));
    }
  }

  destroy() {}
}

/**
 * Something that was said, or is about to be.
 *
 * @implements {Counsel.ShownRow}
 */
export class MessageRow {
  /**
   * @param {Counsel.Talk} talk
   * @param {Counsel.FetchFile} fetchFile
   */
  constructor(talk, fetchFile) {
    this.#talk = talk;
    this.#fetchFile = fetchFile;
    this.#who = h("p.message-who", {});
    this.#bubble = h("div.message-bubble", {});
    this.#about = h("p.message-about", {});
    this.node = h("li.message", {}, this.#who, h("div.message-line", {}, this.#bubble, this.#about));
  }

  #talk;
  #fetchFile;
  #who;
  #bubble;
  #about;
  #shown = ""; // what the bubble has
  #stated = ""; // what is said about it
  /** @type {Counsel.ShownFile | null} */
  #file = null;

  destroy() {
    this.#file?.destroy();
  }

  /** @param {Counsel.Row} row */
  update(row) {
    const isMine = row.isMine ?? true;
    this.node.classList.toggle("is-mine", isMine);
    this.node.classList.toggle("is-pending", row.message !== undefined && row.message.state !== "sent");
    this.node.classList.toggle("is-failed", row.message?.state === "failed");
    this.#who.textContent = row.entry && !isMine ? whoText(row.entry.sender) : gettext("You");
    this.#show(row.entry ?? row.message);
    this.#tell(row);
  }

  /** @param {{content: string, attachment: Counsel.Attachment | null}} said */
  #show({ content, attachment }) {
    const shown = JSON.stringify([content, attachment?.id ?? null]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#file?.destroy();
    this.#file = attachment ? fileOf(attachment, this.#fetchFile) : null;
    fill(this.#bubble, this.#file?.node, content && h("p.message-text", { dir: "auto" }, linkify(content).map(partOf)));
  }

  /** @param {Counsel.Row} row */
  #tell(row) {
    const words = row.entry ? entryText(row) : pendingText(row.message, this.#talk);
    if (JSON.stringify(words) === this.#stated) return;
    this.#stated = JSON.stringify(words);
    const time = row.entry ? h("time", { datetime: row.entry.sent_at }, formatTime(row.entry.sent_at, "time")) : null;
    fill(this.#about, words && h("span.message-state", {}, words), time, row.message?.state === "failed" && this.#choices(row.message.id));
  }

  /** @param {string} id */
  #choices(id) {
    const again = h("button.message-choice", { type: "button", onclick: () => this.#talk.retry(id) }, gettext("Send again"));
    const away = h("button.message-choice", { type: "button", onclick: () => this.#talk.discard(id) }, gettext("Discard"));
    return this.#talk.isOver ? [away] : [again, away];
  }
}

/** @param {Counsel.TextPart} part */
function partOf(part) {
  return part.href ? h("a", { href: part.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, part.text) : part.text;
}

/** @param {Counsel.Sender} sender */
function whoText(sender) {
  const name = sender.name ?? gettext("Somebody");
  return sender.role === "supervisor" ? `${name} · ${roleName(sender.role)}` : name;
}

/** @param {Counsel.EntryRow} row */
function entryText({ isMine, isRead }) {
  return isMine && isRead ? gettext("Read") : "";
}

/**
 * @param {Counsel.Pending} message
 * @param {Counsel.Talk} talk
 */
function pendingText(message, talk) {
  switch (message.state) {
    case "sending":
      return gettext("Sending…");
    case "waiting":
      return talk.canWrite ? gettext("Waiting for the connection") : gettext("Is sent as soon as somebody is there");
    case "failed":
      return message.problem ? interpolate(gettext("Not sent: %(why)s"), { why: messageOf(message.problem).title }) : gettext("Not sent: the conversation had ended");
    default:
      return gettext("Sent");
  }
}
