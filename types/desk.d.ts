// What the desk's modules speak of; apart from them, so that pages do not load their types.

declare namespace Desk {
  /** A counselor state, as `make states` writes it to static/counseling/desk/states.js. */
  interface StateRow {
    /** What the desk calls the state. */
    name: () => string;
    /** What it means to the counselor, with %(load)s and %(capacity)s. */
    text: () => string;
    /** Its colour in desk.css. */
    lamp: string;
    isAtWork?: boolean;
    /** Whether it counts in occupancy and utilisation. */
    isOnQueue?: boolean;
    /** Whether conversations go on or may come, as the load says. */
    isOnDuty?: boolean;
    takesConversations?: boolean;
    /** Whether it ends by itself, at `after_call_until`. */
    hasLimit?: boolean;
    /** The last piece of the address that asks for it. */
    address?: string;
    /** The states that the counselor can ask for. */
    moves: string[];
    /** The state that comes with a free place. */
    whenFree?: string;
  }

  /** What the page's template says: who sits here, what they may, the centre's limits (seconds) and lists. */
  interface Settings {
    user: Counsel.Person;
    part: string;
    /** Their addresses. */
    parts: Record<string, string>;
    is_counselor: boolean;
    supervises: boolean;
    acts_on_orders: boolean;
    cancel_causes: { code: string; label: string }[];
    grace_seconds: number;
    after_call_seconds: number;
    hold_seconds: number;
    service_level_seconds: number;
    service_level_target: number;
    categories: Counsel.NamedCategory[];
    wrap_up_codes: { code: string; name: string }[];
  }

  type Session = Counsel.Session;
  type Store = import("../static/counseling/desk/store.js").DeskStore;
  type Opened = Counsel.Opened & { as: string };

  /** A conversation on the desk; `part` is MINE, JOINED, WATCHED or PAST of store.js. */
  interface Item {
    id: number;
    session: Session;
    part: string;
  }

  type Counselor = {
    id: number;
    name: string;
    state: string;
    load: number;
    capacity: number;
    after_call_until: string | null;
    /** Why the state is what it is; empty while that is not known. */
    reason: string;
    since: string | null;
  };

  interface Offer {
    session_id: number;
    category: Counsel.Category;
    subject: string;
    customer: Counsel.Person;
    requested_at: string;
    expires_at: string;
  }

  interface ToWrapUp {
    session_id: number;
    category: Counsel.Category;
    customer: Counsel.Person;
    end_reason: string;
    wrap_up_code: string | null;
  }

  /** The answer of /api/counselors/desk. */
  interface Picture {
    counselor: Counselor | null;
    conversations: Session[];
    joined: Session[];
    offers: Offer[];
    to_wrap_up: ToWrapUp[];
  }

  /** What /sub/counselor/{id} says, by its type. */
  type Event =
    | { type: "STATE"; session_id?: undefined; state: string; load: number; capacity: number }
    | { type: "QUEUE"; session_id?: undefined; waiting: number }
    | (Offer & { type: "OFFERED" })
    | { type: "OFFER_LAPSED"; session_id: number; reason: string }
    | { type: "ASSIGNED"; session_id: number; customer?: Counsel.Person; subject?: string }
    | { type: "ENDED"; session_id: number; reason: string }
    | (Whisper & { type: "WHISPER"; session_id: number });
  type Whisper = { content: string; author: Counsel.Person };

  /** A part of the page beside the conversations. */
  interface Part {
    show: () => unknown;
    hide: () => unknown;
  }

  type Reply = { id: number; shortcut: string; title: string; content: string; category_id: number | null; is_mine: boolean };
  /** A shortcut before the caret: where it starts, and what follows its slash. */
  type Command = { start: number; query: string };

  type Button = HTMLButtonElement | null;
  /** Asks for a state once what was filled in is kept. */
  type Finish = (to: string, button?: Button) => unknown;
  type Panes = ReturnType<typeof import("../static/counseling/desk/panes.js").conversationPanes>;
  type Shortcut = [code: string, pressed: string, words: string, act: () => unknown];
  type Note = { author: Counsel.Person; content: string; is_whisper: boolean; created_at: string };

  interface Alert {
    title: string;
    body?: string;
    /** A notification with the same tag is replaced. */
    tag: string;
  }

  /** The answer of /api/sessions/{id}/context. */
  interface Context {
    customer: { email: string; member_since: string };
    holds: Hold[];
    lines: Line[];
    orders: Order[];
    payments: { order_id: string; status: string; method: string; approved_at: string | null }[];
    refunds: Refund[];
    conversations: Earlier[];
  }
  interface Hold {
    order_id: string;
    seats: string[];
    expires_at: string;
    is_extended: boolean;
  }
  type Line = { concert_title: string; status: string; ahead: number };
  interface Order {
    id: string;
    status: string;
    concert_title: string;
    starts_at: string;
    time_zone: string;
    amount: number;
    amount_left: number;
    lines: OrderLine[];
  }
  interface OrderLine {
    line_id: number;
    seat: string;
    grade: string;
    price: number;
    ticket: string | null;
  }
  interface Refund {
    order_id: string;
    amount: number;
    fee: number;
  }
  type Earlier = {
    category: string;
    subject: string;
    counselor: string | null;
    requested_at: string;
    wrap_up: string | null;
    note: string;
    rating: number | null;
  };
  type Acts = ReturnType<typeof import("../static/counseling/desk/acts.js").actsOn>;
  /** The cancellation that a counselor asks for, and the refund that was shown. */
  interface Agreed {
    body: { order_id: string; line_ids: number[]; cause?: string };
    refund: number | null;
  }

  /** A conversation of the past. */
  type Past = Session & { wrap_up: string | null; note: string; message_count: number | null; found: string };

  /** Of one counselor or category, by their names; with the name of whose they are. */
  type Figures = Record<string, string | number | null | undefined>;
  type CounselorDay = Figures & { counselor_id: number };
  type CategoryDay = Figures & { category_id: number | null };
  /** `means`: what the figure says. */
  type Figure = [field: string, name: () => string, write: (value: number) => string, means?: () => string];

  /** The answer of /api/counselors/wallboard. */
  interface Board {
    lines: BoardLine[];
    service_level: ServiceLevel;
    counselors: Counselor[];
    conversations: Session[];
  }
  interface BoardLine {
    category: Counsel.Category;
    domain: string;
    waiting: number;
    waits_since: string | null;
    talking: number;
  }
  interface ServiceLevel {
    answered: number;
    in_time: number;
    abandoned: number;
    share: number | null;
    within_seconds: number;
    window_seconds: number;
    target: number;
  }
  /** A row of the wallboard's tables; `act` makes what can be done with it. */
  interface BoardRow {
    key: number;
    cells: string[];
    mood: string;
    lamp?: string;
    act?: () => HTMLElement;
  }

  /** One row of the wrap-up form. */
  interface WrapUpRow {
    node: HTMLElement;
    isKept: boolean;
    needsCode: () => boolean;
    complain: () => void;
    body: () => object | null;
  }

  interface Targets {
    counselors: Counselor[];
    categories: (Counsel.NamedCategory & { waiting: number })[];
  }
  /** One of what can be chosen from. */
  interface Choice {
    value: string;
    label: string;
    detail: string;
  }
}
