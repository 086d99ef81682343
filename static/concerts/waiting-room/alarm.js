// The call at somebody's turn: a chime, a notification, a shake of the phone. Browsers allow the first two only after
// the person has asked for them with a click, and the sound again after each load of the page.
import { gettext } from "../../common/i18n.js";

const NOTES = [659.26, 880, 1318.51]; // Hz: E5, A5, E6
const NOTE_SECONDS = 0.18;
const REPEAT_MS = 5000;
const CALLS = 12;
const GESTURES = ["pointerdown", "keydown"];

export class Alarm {
  /**
   * @param {HTMLInputElement} toggle  the switch
   * @param {HTMLElement} help  what stands below it
   * @param {{get: () => boolean, set: (isOn: boolean) => void}} wish  what the person chose on an earlier page
   */
  constructor(toggle, help, wish) {
    this.#toggle = toggle;
    this.#help = help;
    this.#hint = help.textContent;
    toggle.addEventListener("change", () => {
      wish.set(toggle.checked);
      if (toggle.checked) this.#arm({ isAsked: true });
      else this.#disarm();
    });
    if (wish.get()) {
      toggle.checked = true;
      this.#arm({ isAsked: false });
    }
  }

  #toggle;
  #help;
  #hint;
  /** @type {AudioContext | null} */
  #audio = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {Notification | null} */
  #notification = null;
  /** @type {WakeLockSentinel | null} */
  #wakeLock = null;

  /**
   * Call the person: again and again for a minute, until `stop` or until they do something on the page.
   *
   * @param {{title: string, body: string}} words
   */
  ring({ title, body }) {
    if (!this.#toggle.checked) return;
    let calls = 0;
    const call = () => {
      this.#chime();
      calls += 1;
      if (calls >= CALLS) clearInterval(this.#timer);
    };
    call();
    this.#timer = setInterval(call, REPEAT_MS);
    for (const gesture of GESTURES) addEventListener(gesture, () => this.stop(), { once: true });
    navigator.vibrate?.([300, 150, 300]);
    this.#notify(title, body);
  }

  stop() {
    clearInterval(this.#timer);
    this.#notification?.close();
    this.#notification = null;
  }

  /** @param {{isAsked: boolean}} options */
  async #arm({ isAsked }) {
    const audio = (this.#audio ??= new AudioContext());
    const resume = () => audio.resume().then(() => this.#explain());
    if (isAsked) {
      void resume().then(() => this.#chime()); // so that one knows what to listen for
      if (globalThis.Notification?.permission === "default") await Notification.requestPermission();
    } else if (audio.state !== "running") {
      for (const gesture of GESTURES) addEventListener(gesture, resume, { once: true });
    }
    this.#explain();
    await this.#stayAwake();
  }

  #disarm() {
    this.stop();
    this.#wakeLock?.release();
    this.#wakeLock = null;
    this.#explain();
  }

  /** A phone whose screen goes dark stops its pages. */
  async #stayAwake() {
    try {
      this.#wakeLock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#wakeLock = null; // the battery is low, or the page is not to be seen
    }
  }

  /** Come back to the page: the browser let the screen go dark as it was left. */
  async renew() {
    if (this.#toggle.checked && (this.#wakeLock === null || this.#wakeLock.released)) await this.#stayAwake();
  }

  #explain() {
    this.#help.textContent = this.#explanation();
  }

  #explanation() {
    if (!this.#toggle.checked) return this.#hint;
    if (this.#audio?.state !== "running") return gettext("Click anywhere on the page: only then does the browser allow the sound again.");
    if (globalThis.Notification?.permission === "granted") return gettext("You hear a chime and get a notification. Leave the device's sound on.");
    return gettext("You hear a chime. Your browser does not allow notifications from this site.");
  }

  #chime() {
    const audio = this.#audio;
    if (audio?.state !== "running") return;
    NOTES.forEach((frequency, index) => this.#note(audio, frequency, audio.currentTime + index * NOTE_SECONDS));
  }

  /**
   * @param {AudioContext} audio
   * @param {number} frequency  Hz
   * @param {number} at  seconds of the context's time
   */
  #note(audio, frequency, at) {
    const tone = new OscillatorNode(audio, { type: "triangle", frequency });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.3, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 3 * NOTE_SECONDS);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 3 * NOTE_SECONDS);
  }

  /**
   * @param {string} title
   * @param {string} body
   */
  #notify(title, body) {
    if (globalThis.Notification?.permission !== "granted") return;
    try {
      this.#notification = new Notification(title, { body, tag: "ticketlive-turn", requireInteraction: true });
      this.#notification.onclick = () => {
        window.focus();
        this.#notification?.close();
      };
    } catch {
      // Android's Chrome has notifications for service workers only; the chime is there all the same.
    }
  }
}
