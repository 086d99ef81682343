// What the seat map's modules speak of; apart from them, so that pages do not load their types.

declare namespace SeatMap {
  /** What the page's template says of the sale. */
  interface Sale {
    performance: number;
    /** Seats that one person may have. */
    limit: number;
    /** Addresses. */
    plan: string;
    statuses: string;
    orders: string;
    waitingRoom: string;
    concert: string;
    /** With ORDER in the place of an order's id. */
    checkout: string;
    /** The newest move of the show that the page has shown, as checkouts take it; empty if there was none. */
    moved: string;
  }

  /** The answer of /api/performances/{id}/layout/columns: numbers are differences, lengths centimetres. */
  interface Columns {
    version: number;
    sections: SectionColumns[];
  }

  interface SectionColumns {
    id: number;
    code: string;
    name: string;
    grade: string;
    price: number;
    color: string;
    rows: [label: string, length: number][];
    ids: number[];
    numbers: number[];
    x: number[];
    y: number[];
    accessible: number[];
  }

  /** The answer of /api/performances/{id}/seats/columns: one letter a seat. */
  interface Statuses {
    layout_version: number;
    version: number;
    statuses: string;
  }

  /** A grade; `index` is its place in the plan, `pattern` tells it apart where colours do not. */
  interface Grade {
    name: string;
    price: number;
    color: string;
    index: number;
    pattern: number;
  }

  /** A row's seats go from `start` to before `end`. */
  interface Row {
    index: number;
    section: number;
    label: string;
    start: number;
    end: number;
  }

  interface Section {
    index: number;
    id: number;
    code: string;
    name: string;
    /** A place in the plan's grades. */
    grade: number;
    /** KRW. */
    price: number;
    start: number;
    end: number;
    firstRow: number;
    lastRow: number;
  }

  /** Seats side by side. */
  interface Span {
    first: number;
    last: number;
  }

  interface Block extends Span {
    section: number;
    grade: number;
  }

  /** A hall in columns. A seat is its place in them; lengths are metres. */
  interface Plan {
    version: number;
    count: number;
    sections: Section[];
    rows: Row[];
    grades: Grade[];
    ids: Float64Array;
    numbers: Uint16Array;
    x: Float32Array;
    y: Float32Array;
    rowOf: Uint32Array;
    sectionOf: Uint16Array;
    gradeOf: Uint8Array;
    accessible: Uint8Array;
    byId?: Map<number, number>;
    blocks?: Block[];
  }

  type Point = [x: number, y: number];
  type Bounds = [left: number, top: number, right: number, bottom: number];
  type Colour = number[];

  /** The shape of a section. */
  interface Outline {
    /** x, y, x, y, … */
    points: Float32Array;
    bounds: Bounds;
    middle: Point;
    title: Point;
    depth: number;
  }

  /** The tokens of the page's style, as red, green and blue. */
  interface Theme {
    font: string;
    isDark: boolean;
    ground: Colour;
    card: Colour;
    raised: Colour;
    ink: Colour;
    quiet: Colour;
    line: Colour;
    edge: Colour;
    accent: Colour;
    accentInk: Colour;
    focus: Colour;
  }

  /** Where seats are. */
  interface Places {
    x: ArrayLike<number>;
    y: ArrayLike<number>;
  }

  interface Line {
    text: string;
    width: number;
  }

  /** A message of the board. */
  interface Message {
    title: string;
    detail?: string;
    more?: string;
    actions?: Notices.Action[];
    kind?: string;
  }

  /** News of seats: [[seat id, status], …]. */
  type News = [id: number, status: string][];

  interface FeedNews {
    version: number;
    changed: News;
    /** Everything is to be read anew. */
    reset?: boolean;
  }

  /** An order of the customer's, as /api/orders has it. */
  interface Order {
    id: string;
    status: string;
    performance_id: number;
    created_at: string;
    expires_at: string;
    /** When the show got its present date and hall by a move; null where it was never moved. */
    moved_at: string | null;
    lines: { seat_id: number }[];
    tickets: { status: string }[];
  }

  /** The longest row of free seats from a place, with the sums of its costs. */
  interface Run {
    start: number;
    length: number;
    sums: Float64Array;
  }

  /** Neighbours of a run. */
  interface Window {
    start: number;
    count: number;
    singles: number;
    cost: number;
  }

  /** A run's best windows of each size, and where it lies. */
  interface Item {
    windows: Window[];
    mean: number;
    x: number;
    y: number;
  }

  /** Windows in several runs, as a list: the last one, and the rest. */
  interface Combination {
    singles: number;
    cost: number;
    window: Window | null;
    rest: Combination | null;
  }

  interface Pointer {
    x: number;
    y: number;
    startX: number;
    startY: number;
  }

  /** How a pointer moves, in pixels and pixels a millisecond. */
  interface Gestures {
    press: () => void;
    pan: (x: number, y: number) => void;
    zoom: (x: number, y: number, factor: number) => void;
    tap: (x: number, y: number, pointerType: string, isDouble: boolean) => void;
    hover: (x: number, y: number) => void;
    leave: () => void;
    release: (speedX: number, speedY: number) => void;
  }

  /** What the feed of the seats' news needs. */
  interface FeedOutside {
    /** The newest version that is known here. */
    version: () => number;
    /** Asks for what came after a version, null for everything; all statuses where that is shorter. */
    ask: (since: number | null) => Promise<any>;
    apply: (changed: News, version: number) => void;
    /** Takes over an answer with all statuses. */
    replace: (statuses: any) => void;
    /** Listens to the live news; returns what ends it. */
    subscribe: (heard: (news: FeedNews) => void, refused: (problem: any) => void) => () => void;
    onState: (fn: (state: string) => void) => void;
    /** Nobody looks. */
    isHidden: () => boolean;
    setTimeout: (fn: () => void, ms: number) => any;
    clearTimeout: (id: any) => void;
    random: () => number;
    /** The server tells this customer no news. */
    refused: (problem: any) => void;
  }

  /** What placing an order needs. */
  interface PlacingOutside {
    call: (path: string, options?: Api.CallOptions) => Promise<any>;
    keys: { keyFor: (seatIds: number[]) => string; forget: () => void };
    wait: (ms: number) => Promise<unknown>;
    /** Hears how long is waited. */
    onWait: (seconds: number) => void;
  }

  interface Wanted {
    performanceId: number;
    seatIds: number[];
  }

  interface Patience {
    wait: (ms: number) => Promise<unknown>;
    onWait: () => void;
  }
}
