/** The script of a payment window, or of its provider, did not come: nothing was asked of anybody yet. */
export class WindowNotLoaded extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super("the payment window could not be loaded", { cause });
    this.name = "WindowNotLoaded";
  }
}
