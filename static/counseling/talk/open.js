// A conversation on a page: its log by STOMP, its older entries and files by the API.
import { call, download, upload } from "../../common/api.js";
import { live } from "../../common/live.js";
import { Drafts } from "./drafts.js";
import { PAGE, Talk } from "./talk.js";

const drafts = new Map();

/** What a person has typed and not sent, on this browser. */
export function draftsOf(userId) {
  if (!drafts.has(userId)) drafts.set(userId, new Drafts(userId));
  return drafts.get(userId);
}

/**
 * Follow a conversation until `close()`.
 *
 * @param {any} session  as the API shows it
 * @param {{id: number, role: string}} me
 * @param {object} options
 * @param {boolean} [options.watch]  show the others neither typing nor reading
 * @param {(problem: Error) => void} [options.onRefused]  it is not mine (any more)
 */
export function openTalk(session, me, { watch = false, onRefused = () => {} } = {}) {
  const path = `/api/sessions/${session.id}`;
  const files = new Map(); // attachment id -> promise of its Blob
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

    /** The content of a file of this conversation; asked for once. */
    fetchFile(attachment) {
      if (!files.has(attachment.id)) {
        const fetching = download(`${path}/attachments/${attachment.id}`);
        fetching.catch(() => files.delete(attachment.id));
        files.set(attachment.id, fetching);
      }
      return files.get(attachment.id);
    },

    /** Keep a file at the server for a message that will name it. */
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
