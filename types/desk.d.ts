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
}
