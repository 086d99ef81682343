// What can be done with seats here, whichever view it is done from: choose, let go, be given others for lost ones.
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { bestSeats, costFromSeats, costFromStage, singlesLeft } from "./best-seats.js";
import { blocksOf, MINE } from "./plan.js";

/**
 * @import { Choice } from "./choice.js"
 * @import { SeatMessages } from "./messages.js"
 * @import { Board } from "./board.js"
 * @import { SeatStates } from "./seat-states.js"
 */

export class Shop {
  /** While an order is being placed its own seats become "held"; what else is lost meanwhile is told afterwards. */
  isPlacing = false;
  /** @type {number[]} */
  #missed = [];

  /** Told of the seats that a view is to bring into sight. @type {((seats: number[]) => void) | null} */
  shown = null;

  /**
   * `board` shows messages; `ownOrders()` finds out what the customer holds.
   *
   * @param {{plan: SeatMap.Plan, states: SeatStates, choice: Choice, messages: SeatMessages, board: Board, ownOrders: () => Promise<void>, ordersAddress: string}} parts
   */
  constructor({ plan, states, choice, messages, board, ownOrders, ordersAddress }) {
    this.plan = plan;
    this.states = states;
    this.choice = choice;
    this.messages = messages;
    this.board = board;
    this.ownOrders = ownOrders;
    this.ordersAddress = ordersAddress;
  }

  /**
   * Choose a seat, or let it go; says why not where it cannot be had.
   *
   * @param {number} seat
   */
  toggle(seat) {
    const { choice, messages } = this;
    if (choice.has(seat)) {
      choice.remove(seat);
      announce(interpolate(gettext("%(seat)s is no longer chosen."), { seat: messages.seat(seat) }));
    } else if (!this.states.isFree(seat)) {
      this.#refuse(seat);
    } else if (choice.add(seat)) {
      announce(`${messages.sentence(seat, true)}. ${this.countText()}`);
      if (this.board.isAbout("seat")) this.board.clear();
    } else {
      this.#tellLimit();
    }
  }

  countText() {
    const { size, limit } = this.choice;
    return interpolate(gettext("%(count)s of %(limit)s"), { count: size, limit });
  }

  /**
   * Choose the best seats of a grade (its place in the plan, null for any).
   *
   * @param {{grade: number | null, count: number}} wish
   */
  pick({ grade, count }) {
    const { choice, messages, plan } = this;
    if (count > choice.limit) {
      this.#tellLimit();
      return;
    }
    const found = this.#best({ count, cost: costFromStage(plan), grade });
    if (!found) {
      this.board.show("seat", {
        title: gettext("Not so many seats are left"),
        detail: gettext("Try another grade, or fewer seats."),
      });
      return;
    }
    choice.replace(found.seats);
    this.shown?.(found.seats);
    if (found.parts > 1) {
      this.board.show("seat", {
        kind: "info",
        title: gettext("These are the closest together that are left"),
        detail: gettext("There are no longer as many seats side by side here. Another grade may have them."),
      });
    } else {
      this.board.clear();
    }
    announce(interpolate(gettext("Picked: %(seats)s."), { seats: messages.seats(found.seats) }));
  }

  /** Free seats that the choice leaves alone, and how to choose instead: {singles, instead} or null. */
  singles() {
    const { choice, states, plan } = this;
    if (choice.size === 0) return null;
    const isFree = (/** @type {number} */ seat) => states.isFree(seat);
    const singles = singlesLeft(blocksOf(plan), { isFree, chosen: choice.asSet });
    if (singles.length === 0) return null;
    const seats = choice.seats;
    const grade = plan.gradeOf[seats[0]];
    const found = this.#best({ count: seats.length, cost: costFromSeats(plan, seats), grade });
    return { singles, instead: found && found.singles === 0 && found.parts === 1 ? found.seats : null };
  }

  /**
   * Statuses have changed: seats of the choice that others have taken are let go, kindly.
   *
   * @param {number[]} seats
   */
  async changed(seats) {
    const lost = seats.filter((seat) => this.choice.has(seat) && !this.states.isFree(seat));
    if (lost.length === 0) return;
    if (this.isPlacing) {
      this.#missed.push(...lost);
      return;
    }
    this.choice.remove(...lost);
    await this.ownOrders(); // perhaps the customer has taken them in another window
    this.tellLost(lost.filter((seat) => this.states.codes[seat] !== MINE));
  }

  /** Placing has come to an end without an order. */
  stopPlacing() {
    this.isPlacing = false;
    void this.changed(this.#missed.splice(0));
  }

  /**
   * Say which seats are gone, and offer the nearest ones instead.
   *
   * @param {number[]} lost
   */
  tellLost(lost) {
    if (lost.length === 0) return;
    this.choice.remove(...lost);
    const { messages, plan, choice } = this;
    const kept = choice.seats;
    const count = kept.length + lost.length;
    const found = this.#best({ count, cost: costFromSeats(plan, [...kept, ...lost]), grade: plan.gradeOf[lost[0]] });
    const text = ngettext(
      "%(seats)s was taken by somebody else just now, so it is no longer among yours.",
      "%(seats)s were taken by somebody else just now, so they are no longer among yours.",
      lost.length,
    );
    this.board.show("lost", {
      title: gettext("Somebody was a moment quicker"),
      detail: interpolate(text, { seats: messages.seats(lost) }),
      more: found ? interpolate(gettext("Close by and still free: %(seats)s"), { seats: messages.seats(found.seats) }) : "",
      actions: found
        ? [{ label: gettext("Take these instead"), onClick: () => this.take(found.seats) }]
        : [],
    });
  }

  /**
   * Choose these seats instead, as far as they are still free.
   *
   * @param {number[]} seats
   */
  take(seats) {
    this.choice.replace(seats.filter((seat) => this.states.isFree(seat)));
    this.board.clear();
    this.shown?.(seats);
    announce(interpolate(gettext("Picked: %(seats)s."), { seats: this.messages.seats(this.choice.seats) }));
  }

  /** @param {{count: number, cost: (seat: number) => number, grade: number | null}} wish */
  #best({ count, cost, grade }) {
    const { plan, states } = this;
    const blocks = grade === null ? blocksOf(plan) : blocksOf(plan).filter((block) => block.grade === grade);
    // Wheelchair spaces are for who needs them: proposed to nobody who has not chosen one.
    const wantsThem = this.choice.seats.some((seat) => plan.accessible[seat]);
    const isFree = (/** @type {number} */ seat) => states.isFree(seat) && (wantsThem || plan.accessible[seat] === 0);
    return bestSeats(blocks, { count, isFree, cost, x: plan.x, y: plan.y });
  }

  /** @param {number} seat */
  #refuse(seat) {
    const status = this.messages.status(seat);
    this.board.show("seat", {
      kind: "info",
      title: this.messages.seat(seat),
      detail: interpolate(gettext("This seat is %(status)s. Choose another one."), { status }),
    });
  }

  #tellLimit() {
    if (this.choice.limit === 0) {
      this.board.show("seat", {
        kind: "info",
        title: gettext("You have all the tickets that one person may have"),
        detail: gettext("Seats that you hold count as well. Cancel some to choose others."),
        actions: [{ label: gettext("My orders"), href: this.ordersAddress }],
      });
      return;
    }
    this.board.show("seat", {
      kind: "info",
      title: interpolate(
        ngettext("You can choose %(count)s seat", "You can choose up to %(count)s seats", this.choice.limit),
        { count: this.choice.limit },
      ),
      detail: gettext("That is the most for one person, tickets you have already included. Let one go to choose another."),
    });
  }
}
