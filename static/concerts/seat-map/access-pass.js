// The time that the customer's turn lasts, as far as the waiting room knows of one.
import { call } from "../../common/api.js";
import { countdown, serverNow } from "../../common/clock.js";
import { $ } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";

const ANNOUNCED_SECONDS = [180, 60];

export class AccessPass {
  #sale;
  #onEnd;
  #stop = () => {};

  /**
   * `onEnd()` hears that the turn is over.
   *
   * @param {SeatMap.Sale} sale
   * @param {{onEnd: () => void}} told
   */
  constructor(sale, { onEnd }) {
    this.#sale = sale;
    this.#onEnd = onEnd;
  }

  /** Ask how long it lasts, and show that. */
  async refresh() {
    const ends = await this.#ask();
    $("#pass").dataset.known = ends === null ? "no" : "yes";
    if (ends !== null) this.#count(ends);
  }

  /** When the turn ends, in milliseconds; null where there is none that would end, or nobody to tell. */
  async #ask() {
    try {
      const standing = await call(`/api/waiting-room/${this.#sale.performance}/status`);
      const ends = Date.parse(standing.pass_expires_at ?? "");
      return standing.status === "OPEN" || Number.isNaN(ends) ? null : ends;
    } catch {
      return null; // not in this line; whether booking is open to them, booking itself says
    }
  }

  /** @param {number} ends */
  #count(ends) {
    this.#stop();
    this.#stop = countdown($("#pass-left"), ends, {
      announceAt: ANNOUNCED_SECONDS,
      onAnnounce: (left) => announce(interpolate(gettext("%(left)s left to choose."), { left })),
      onEnd: () => void this.#ended(),
    });
  }

  /** Seats that are held prolong a turn: only the server knows whether it is over. */
  async #ended() {
    const ends = await this.#ask();
    if (ends !== null && ends > serverNow()) this.#count(ends);
    else this.#onEnd();
  }
}
