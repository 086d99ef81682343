// What the line tells everybody each second, over the page's live connection. Without one the polls have to do.

export class LineTopic {
  #destination;
  #handlers;
  /** @type {(() => void) | null} */
  #stop = null;
  #isWanted = false;

  /**
   * @param {number} performance
   * @param {{onHeard: (state: any) => void, onLost: () => void}} handlers  `onLost`: something was missed
   */
  constructor(performance, handlers) {
    this.#destination = `/sub/waiting-room/${performance}`;
    this.#handlers = handlers;
  }

  async listen() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    try {
      const { live } = await import("../../common/live.js");
      if (!this.#isWanted || this.#stop) return;
      const refused = () => {
        this.#stop = null;
        this.#isWanted = false;
        this.#handlers.onLost();
      };
      this.#stop = live.subscribe(this.#destination, this.#handlers.onHeard, { refused });
    } catch (error) {
      console.warn("The line is followed by polls only.", error);
    }
  }

  rest() {
    this.#isWanted = false;
    this.#stop?.();
    this.#stop = null;
  }
}
