// A conversation on a page: its log by STOMP, its older entries and files by the API.
import { call, download, upload } from "../../common/api.js";
import { live } from "../../common/live.js";
import { Drafts } from "./drafts.js";
import { PAGE, Talk } from "./talk.js";

/** @type {Map<number, Drafts>} */
const drafts = new Map();

/**
 * What a person has typed and not sent, on this browser.
 *
 * @param {number} userId
 */
export function draftsOf(userId) {
  const known = drafts.get(userId) ?? new Drafts(userId);
  drafts.set(userId, known);
  return known;
}

/**
 * Follow a conversation until `close()`.
 *
 * @param {Counsel.Session} session
 * @param {Counsel.Me} me
 * @param {Counsel.OpenOptions} options
 */
export function openTalk(session, me, { watch = false, onRefused = () => {} } = {}) {
  const path = `/api/sessions/${session.id}`;
  /** @type {Map<number, Promise<Blob>>} by attachment */
  const files = new Map();
  const talk = new Talk({
    session,
    me,
    isWatching: watch,
    keep: draftsOf(me.id),
    later: (fn, ms) => window.setTimeout(fn, ms),
    send: (body, options) => live.send(`/pub/session/${session.id}`, body, options),
  });
  const stopListening = live.subscribe(`/sub/session/${session.id}`, (event) => talk.hear(event), {
    headers: () => ({ "last-seq": String(talk.lastSeq) }),
    refused: onRefused,
  });
  const stopWatching = live.onState((state) => {
    if (state !== "connected") return;
    talk.flush();
    talk.seeAgain();
  });
  if (live.state === "connected") talk.flush();
  let isLoading = false;

  return {
    talk,

    /** Fetch entries from before those that are here; does nothing while it does. */
    async loadOlder() {
      if (isLoading || !talk.hasOlder) return;
      isLoading = true;
      try {
        const before = talk.firstSeq - 1;
        const after = Math.max(0, before - PAGE);
        talk.prepend(await call(`${path}/messages?after=${after}&limit=${before - after}`));
      } finally {
        isLoading = false;
      }
    },

    /**
     * The content of a file of this conversation; asked for once.
     *
     * @type {Counsel.FetchFile}
     */
    fetchFile({ id }) {
      const known = files.get(id);
      if (known) return known;
      const fetching = download(`${path}/attachments/${id}`);
      fetching.catch(() => files.delete(id));
      files.set(id, fetching);
      return fetching;
    },

    /**
     * Keep a file at the server for a message that will name it.
     *
     * @type {Counsel.Upload}
     */
    async uploadFile(file, options) {
      const form = new FormData();
      form.append("file", file, file.name);
      const attachment = await upload(`${path}/attachments`, form, options);
      files.set(attachment.id, Promise.resolve(file));
      return attachment;
    },

    close() {
      stopListening();
      stopWatching();
    },
  };
}
