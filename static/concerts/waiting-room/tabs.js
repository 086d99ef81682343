// Several tabs of one person before one line: one of them asks the server, and tells the others what it hears.

export class Tabs {
  /**
   * @param {string} name  of the person's line, the same in all tabs
   * @param {object} heard
   * @param {(message: any) => void} heard.onMessage  what another tab has told
   * @param {() => void} heard.onLead  this tab is the one to ask from now on
   */
  constructor(name, { onMessage, onLead }) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => onMessage(data);
    if (!navigator.locks) {
      this.isLeader = true; // without a secure context each tab asks for itself; the account has one place all the same
      return;
    }
    // The lock is held for as long as the page lives; the browser hands it on when the tab is closed.
    navigator.locks.request(name, () => {
      this.isLeader = true;
      onLead();
      return new Promise(() => {});
    });
  }

  #channel;

  /** Whether this tab asks for all of them. */
  isLeader = false;

  /** @param {object} message */
  tell(message) {
    this.#channel.postMessage(message);
  }
}
