// How seats and their states are named, on the screen and to the ear.
import { gettext, interpolate, ngettext } from "../../common/i18n.js";
import { won } from "../../common/money.js";

export class Words {
  stage = gettext("STAGE");
  #plan;
  #states;

  constructor(plan, states) {
    this.#plan = plan;
    this.#states = states;
  }

  /** "1층 101구역 3열 12번" */
  seat(seat) {
    const plan = this.#plan;
    return interpolate(gettext("%(section)s, row %(row)s, seat %(number)s"), {
      section: plan.sections[plan.sectionOf[seat]].name,
      row: plan.rows[plan.rowOf[seat]].label,
      number: plan.numbers[seat],
    });
  }

  seats(seats) {
    return seats.map((seat) => this.seat(seat)).join(" · ");
  }

  /** Everything that is to be known of a seat, in a sentence. */
  sentence(seat, isChosen) {
    const plan = this.#plan;
    const section = plan.sections[plan.sectionOf[seat]];
    const parts = [this.seat(seat), plan.grades[section.grade].name, won(section.price)];
    if (plan.accessible[seat]) parts.push(gettext("wheelchair space"));
    parts.push(isChosen ? gettext("chosen") : this.status(seat));
    return parts.join(", ");
  }

  status(seat) {
    return [gettext("available"), gettext("being booked by somebody"), gettext("sold"), gettext("not for sale"), gettext("held by you")][
      this.#states.codes[seat]
    ];
  }

  section(section) {
    const left = this.#states.freeOfSection[section.index];
    return [section.name, this.#plan.grades[section.grade].name, won(section.price), this.left(left)].join(", ");
  }

  left(count) {
    if (count === 0) return gettext("sold out");
    return interpolate(ngettext("%(count)s seat left", "%(count)s seats left", count), { count });
  }
}
