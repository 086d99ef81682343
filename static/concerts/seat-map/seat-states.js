// What each seat is to the customer, as new as the last news; `version` is the server's.
import { AVAILABLE, HELD, MINE, STATUS_WORDS, seatsById } from "./plan.js";

const LETTERS = new Map(STATUS_WORDS.map((word, code) => [word.charCodeAt(0), code]));
const CODES = new Map(STATUS_WORDS.map((word, code) => [word, code]));

export class SeatStates {
  version = 0;
  #plan;
  /** @type {Set<number>} */
  #own = new Set();

  /** @param {SeatMap.Plan} plan */
  constructor(plan) {
    this.#plan = plan;
    this.codes = new Uint8Array(plan.count);
    this.freeOfSection = new Uint32Array(plan.sections.length);
    this.freeOfGrade = new Uint32Array(plan.grades.length);
  }

  /**
   * The customer's own seats: to everybody else they are HELD, and the live news calls them so.
   *
   * @param {number[]} seats
   */
  own(seats) {
    this.#own = new Set(seats);
    const changed = [];
    for (let seat = 0; seat < this.codes.length; seat += 1) {
      const code = this.codes[seat];
      if ((code === HELD || code === MINE) && this.#set(seat, HELD)) changed.push(seat);
    }
    return changed;
  }

  /**
   * Take over the statuses of all seats, one letter each. Returns the seats that changed.
   *
   * @param {string} letters
   * @param {number} version
   */
  load(letters, version) {
    const changed = [];
    for (let seat = 0; seat < this.codes.length; seat += 1) {
      if (this.#set(seat, /** @type {number} */ (LETTERS.get(letters.charCodeAt(seat))))) changed.push(seat);
    }
    this.version = version;
    this.#count();
    return changed;
  }

  /**
   * Take over news, [[seat id, status], …]; what is older than is known is nothing new. Returns what changed.
   *
   * @param {SeatMap.News} news
   * @param {number} version
   */
  apply(news, version) {
    if (version < this.version) return [];
    const changed = [];
    const byId = seatsById(this.#plan);
    for (const [id, word] of news) {
      const seat = byId.get(id);
      if (seat === undefined) continue;
      const before = this.codes[seat];
      if (!this.#set(seat, /** @type {number} */ (CODES.get(word)))) continue;
      changed.push(seat);
      const change = Number(this.codes[seat] === AVAILABLE) - Number(before === AVAILABLE);
      this.freeOfSection[this.#plan.sectionOf[seat]] += change;
      this.freeOfGrade[this.#plan.gradeOf[seat]] += change;
    }
    this.version = version;
    return changed;
  }

  /** @param {number} seat */
  isFree(seat) {
    return this.codes[seat] === AVAILABLE;
  }

  /**
   * @param {number} seat
   * @param {number} code
   */
  #set(seat, code) {
    let kept = code;
    if (code === HELD && this.#own.has(seat)) kept = MINE;
    if (code === MINE && !this.#own.has(seat)) this.#own.add(seat);
    if (this.codes[seat] === kept) return false;
    this.codes[seat] = kept;
    return true;
  }

  #count() {
    this.freeOfSection.fill(0);
    this.freeOfGrade.fill(0);
    for (let seat = 0; seat < this.codes.length; seat += 1) {
      if (this.codes[seat] !== AVAILABLE) continue;
      this.freeOfSection[this.#plan.sectionOf[seat]] += 1;
      this.freeOfGrade[this.#plan.gradeOf[seat]] += 1;
    }
  }
}
