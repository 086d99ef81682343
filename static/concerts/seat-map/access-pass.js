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

  /** `onEnd()` hears that the turn is over. */
  constructor(sale, { onEnd }) {
    this.#sale = sale;
    this.#onEnd = onEnd;
  }

  /** Ask how long it lasts, and show that. */
  async refresh() {
    let standing;
    try {
      standing = await call(`/api/waiting-room/${this.#sale.performance}/status`);
    } catch {
      return; // nobody in this line, or nobody to tell: booking itself says so
    }
    this.#stop();
    const ends = Date.parse(standing.pass_expires_at ?? "");
    const pass = $("#pass");
    pass.dataset.known = Number.isNaN(ends) ? "no" : "yes";
    if (standing.status === "OPEN" || Number.isNaN(ends)) {
      pass.dataset.known = "no";
      if (standing.status === "WAITING" || standing.status === "PAUSED") this.#onEnd();
      return;
    }
    this.#stop = countdown($("#pass-left"), ends, {
      announceAt: ANNOUNCED_SECONDS,
      onAnnounce: (left) => announce(interpolate(gettext("%(left)s left to choose."), { left })),
      onEnd: () => this.#ended(ends),
    });
  }

  /** A hold may have prolonged it meanwhile. */
  async #ended(ends) {
    this.#stop = () => {};
    if (serverNow() >= ends) this.#onEnd();
  }
}
