// How seats and their states are named, on the screen and to the ear.
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { won } from "../../common/money.js";

/** @import { SeatStates } from "./seat-states.js" */

export class SeatMessages {
  stage = gettext("STAGE");
  #plan;
  #states;

  /**
   * @param {SeatMap.Plan} plan
   * @param {SeatStates} states
   */
  constructor(plan, states) {
    this.#plan = plan;
    this.#states = states;
  }

  /**
   * "1층 101구역 3열 12번"
   *
   * @param {number} seat
   */
  seat(seat) {
    const plan = this.#plan;
    return interpolate(gettext("%(section)s, row %(row)s, seat %(number)s"), {
      section: plan.sections[plan.sectionOf[seat]].name,
      row: plan.rows[plan.rowOf[seat]].label,
      number: plan.numbers[seat],
    });
  }

  /**
   * Several seats, those of a row together.
   *
   * @param {number[]} seats
   */
  seats(seats) {
    const plan = this.#plan;
    /** @type {Map<number, number[]>} */
    const byRow = new Map();
    for (const seat of [...seats].sort((a, b) => a - b)) {
      byRow.set(plan.rowOf[seat], [...(byRow.get(plan.rowOf[seat]) ?? []), seat]);
    }
    return [...byRow.values()].map((group) => this.#row(group)).join(" · ");
  }

  /** @param {number[]} seats */
  #row(seats) {
    if (seats.length === 1) return this.seat(seats[0]);
    const plan = this.#plan;
    return interpolate(gettext("%(section)s, row %(row)s, seats %(numbers)s"), {
      section: plan.sections[plan.sectionOf[seats[0]]].name,
      row: plan.rows[plan.rowOf[seats[0]]].label,
      numbers: seats.map((seat) => plan.numbers[seat]).join(", "),
    });
  }

  /**
   * Everything that is to be known of a seat, in a sentence.
   *
   * @param {number} seat
   * @param {boolean} isChosen
   */
  sentence(seat, isChosen) {
    const plan = this.#plan;
    const section = plan.sections[plan.sectionOf[seat]];
    const parts = [this.seat(seat), plan.grades[section.grade].name, won(section.price)];
    if (plan.accessible[seat]) parts.push(gettext("wheelchair space"));
    parts.push(isChosen ? gettext("chosen") : this.status(seat));
    return parts.join(", ");
  }

  /** @param {number} seat */
  status(seat) {
    return [gettext("available"), gettext("being booked by somebody"), gettext("sold"), gettext("not for sale"), gettext("held by you")][
      this.#states.codes[seat]
    ];
  }

  /** @param {SeatMap.Section} section */
  section(section) {
    const left = this.#states.freeOfSection[section.index];
    return [section.name, this.#plan.grades[section.grade].name, won(section.price), this.left(left)].join(", ");
  }

  /** @param {number} count */
  left(count) {
    if (count === 0) return gettext("sold out");
    return interpolate(ngettext("%(count)s seat left", "%(count)s seats left", count), { count });
  }
}
