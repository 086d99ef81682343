// The counselor states and their moves, by `make states` from apps/counseling/states.py: change them there.
import { gettext } from "../../common/i18n.js";

/**
 * @typedef {object} StateRow
 * @property {() => string} name what the desk calls the state
 * @property {() => string} text what it means to the counselor, with %(load)s and %(capacity)s
 * @property {string} lamp its colour in desk.css
 * @property {boolean} isAtWork
 * @property {boolean} isOnQueue whether it counts in occupancy and utilisation
 * @property {boolean} isOnDuty whether conversations go on or may come, as the load says
 * @property {boolean} takesConversations
 * @property {boolean} hasLimit whether it ends by itself, at `after_call_until`
 * @property {string | null} address the last piece of the address that asks for it
 * @property {string[]} moves the states that the counselor can ask for
 * @property {string | null} whenFree the state that comes with a free place
 */

export const State = Object.freeze({ OFFLINE: "OFFLINE", ONLINE: "ONLINE", READY: "READY", BUSY: "BUSY", AFTER_CALL: "AFTER_CALL" });

/** @type {Readonly<Record<string, StateRow>>} in the order of the buttons */
export const STATES = Object.freeze({
  READY: {
    name: () => gettext("Ready"),
    text: () => gettext("%(load)s of %(capacity)s places taken: the next customer comes by itself."),
    lamp: "free",
    isAtWork: true,
    isOnQueue: true,
    isOnDuty: true,
    takesConversations: true,
    hasLimit: false,
    address: "ready",
    moves: ["ONLINE", "AFTER_CALL", "OFFLINE"],
    whenFree: null,
  },
  BUSY: {
    name: () => gettext("Busy"),
    text: () => gettext("All %(capacity)s places are taken: nobody new comes until a conversation ends."),
    lamp: "taken",
    isAtWork: true,
    isOnQueue: true,
    isOnDuty: true,
    takesConversations: false,
    hasLimit: false,
    address: null,
    moves: ["ONLINE", "AFTER_CALL", "OFFLINE"],
    whenFree: "READY",
  },
  ONLINE: {
    name: () => gettext("Paused"),
    text: () => gettext("You have paused: nobody new comes to you."),
    lamp: "paused",
    isAtWork: true,
    isOnQueue: false,
    isOnDuty: false,
    takesConversations: false,
    hasLimit: false,
    address: "online",
    moves: ["READY", "OFFLINE"],
    whenFree: null,
  },
  AFTER_CALL: {
    name: () => gettext("Wrapping up"),
    text: () => gettext("You are wrapping up. Nobody new comes meanwhile."),
    lamp: "timed",
    isAtWork: true,
    isOnQueue: true,
    isOnDuty: false,
    takesConversations: false,
    hasLimit: true,
    address: "after-call",
    moves: ["READY", "ONLINE", "OFFLINE"],
    whenFree: null,
  },
  OFFLINE: {
    name: () => gettext("Offline"),
    text: () => gettext("You are not at work yet. Nobody comes to you."),
    lamp: "out",
    isAtWork: false,
    isOnQueue: false,
    isOnDuty: false,
    takesConversations: false,
    hasLimit: false,
    address: "offline",
    moves: ["ONLINE"],
    whenFree: null,
  },
});
