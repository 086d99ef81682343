// What conversations are made of, for the desk and the help panel; apart from the modules, so that pages do not load
// types. What the API shows are type aliases: their values go into texts by name.

declare namespace Counsel {
  type Person = { id: number; name: string };
  /** Null where the account is gone, or it was nobody. */
  type Sender = { id: number | null; role: string; name: string | null };
  /** As whom one takes part: "customer", "counselor" or "supervisor". */
  type Me = { id: number; role: string };
  type Category = { id: number; name: string };
  type NamedCategory = Category & { domain: string };
  type Attachment = { id: number; name: string; content_type: string; size_bytes: number };

  /** An entry of a conversation's log. Only a message has a content; the last three are of other types. */
  type Entry = {
    type: string;
    session_id: number;
    seq: number;
    client_message_id: string | null;
    sender: Sender;
    content: string;
    attachment: Attachment | null;
    sent_at: string;
    counselor?: Somebody;
    to?: { counselor?: Person } | null;
    reason?: string;
  };
  type Somebody = { id: number | null; name: string | null };

  /** A conversation as the API shows it; where it stands in the line is told to its customer. */
  type Session = {
    id: number;
    status: string;
    category: Category;
    subject: string;
    customer: Person;
    counselor: Person | null;
    requested_at: string;
    answered_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    last_seq: number;
    customer_read_seq: number | null;
    counselor_read_seq: number | null;
    rating: number | null;
    position?: number | null;
    eta_seconds?: number | null;
    inquiry_offered?: boolean;
    /** At a desk. */
    last_entry?: Entry | null;
  };

  /** What /sub/session/{id} says that is not kept: TYPING, or READ with how far. */
  type LiveEvent = { type: string; seq?: undefined; sender: Sender & { id: number }; seq_read: number };

  /** What was said and is not acknowledged. */
  type Unsent = { id: string; content: string; attachment: Attachment | null; at: number };
  /** `state`: waiting, sending, sent or failed. */
  type Pending = Unsent & { state: string; problem: Refusal | null };
  /** A Problem, or what else was caught. */
  type Refusal = Notices.Failure & { retryAfter?: number | null };

  /** A row of the page: of the log, or of what waits to be in it. */
  type EntryRow = { kind: "entry"; key: string; entry: Entry; isMine: boolean; isRead: boolean; message?: undefined };
  type PendingRow = { kind: "pending"; key: string; message: Pending; entry?: undefined; isMine?: undefined };
  type Row = EntryRow | PendingRow;

  type Send = (body: object, options?: { receipt?: boolean }) => Promise<void>;
  type Ending = () => unknown;

  /** What the browser keeps of a person's words; see drafts.js. */
  interface Keep {
    messages(sessionId: number): Unsent[];
    put(sessionId: number, message: Unsent): void;
    drop(sessionId: number, id: string | null): void;
    draft(name: string | number): string;
    setDraft(name: string | number, text: string): void;
  }

  /** What drafts.js asks of the browser's storage. */
  type KeyValues = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

  interface TalkOptions {
    session: Session;
    me: Me;
    /** Rejected with a problem that has a `status`, or with any error when the connection was lost. */
    send: Send;
    keep: Keep;
    /** Shows neither typing nor reading to the others. */
    isWatching?: boolean;
    now?: () => number;
    later?: (fn: () => void, ms: number) => unknown;
    newId?: () => string;
  }

  interface WhisperOptions {
    session: Session;
    me: Me;
    isWatching: boolean;
    send: Send;
    now: () => number;
  }

  interface OutboxOptions {
    talk: { sessionId: number; isOver: boolean; canWrite: boolean };
    send: Send;
    keep: Keep;
    now: () => number;
    later?: (fn: () => void, ms: number) => unknown;
    newId?: () => string;
    onChange: () => void;
  }

  type Talk = import("../static/counseling/talk/talk.js").Talk;
  /** What openTalk() gives. */
  type Opened = ReturnType<typeof import("../static/counseling/talk/open.js").openTalk>;
  type FetchFile = (attachment: Attachment) => Promise<Blob>;
  /** `onProgress` hears of 0 to 1. */
  type Upload = (file: File, options: { onProgress?: (share: number) => void; signal?: AbortSignal }) => Promise<Attachment>;

  interface OpenOptions {
    /** Show the others neither typing nor reading. */
    watch?: boolean;
    /** It is not mine (any more). */
    onRefused?: (problem: Error) => void;
  }

  interface TranscriptOptions {
    talk: Talk;
    loadOlder: () => Promise<unknown>;
    fetchFile: FetchFile;
    label: string;
  }
  /** A row on the page. */
  interface ShownRow {
    node: HTMLElement;
    update(row: Row): void;
    destroy(): void;
  }
  interface ShownFile {
    node: HTMLElement;
    destroy(): void;
  }
  type TextPart = { text: string; href?: string };

  interface ComposerOptions {
    talk: Talk;
    upload: Upload;
    placeholder?: string;
    onInput?: (text: string) => void;
    /** The element that files may be dropped on, the composer by default. */
    dropZone?: HTMLElement;
  }
  type Composer = import("../static/counseling/talk/composer.js").Composer;

  interface UploadsOptions {
    upload: Upload;
    /** The attachments that wait to be sent. */
    keep: { draftFiles: Attachment[] };
    /** Say it now. */
    onReady: (attachment: Attachment) => void;
    onChange: () => void;
  }
  type UploadFailure = { name: string; error: Notices.Failure };
  interface UploadItem {
    attachment: Attachment | null;
    isWanted: boolean;
    stop: AbortController;
    progress: HTMLProgressElement;
    node: HTMLElement;
  }
}
