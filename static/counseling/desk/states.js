// By `make states` from apps/counseling/states.py.
import { gettext } from "../../common/i18n.js";

export const State = Object.freeze({ OFFLINE: "OFFLINE", ONLINE: "ONLINE", READY: "READY", BUSY: "BUSY", AFTER_CALL: "AFTER_CALL" });

/** @type {Record<string, Desk.StateRow>} in the order of the buttons */
export const STATES = Object.freeze({
  READY: {
    name: () => gettext("Ready"),
    text: () => gettext("%(load)s of %(capacity)s places taken: the next customer comes by itself."),
    lamp: "free",
    isAtWork: true,
    isOnQueue: true,
    isOnDuty: true,
    takesConversations: true,
    address: "ready",
    moves: ["ONLINE", "AFTER_CALL", "OFFLINE"],
  },
  BUSY: {
    name: () => gettext("Busy"),
    text: () => gettext("All %(capacity)s places are taken: nobody new comes until a conversation ends."),
    lamp: "taken",
    isAtWork: true,
    isOnQueue: true,
    isOnDuty: true,
    moves: ["ONLINE", "AFTER_CALL", "OFFLINE"],
    whenFree: "READY",
  },
  ONLINE: {
    name: () => gettext("Paused"),
    text: () => gettext("You have paused: nobody new comes to you."),
    lamp: "paused",
    isAtWork: true,
    address: "online",
    moves: ["READY", "OFFLINE"],
  },
  AFTER_CALL: {
    name: () => gettext("Wrapping up"),
    text: () => gettext("You are wrapping up. Nobody new comes meanwhile."),
    lamp: "timed",
    isAtWork: true,
    isOnQueue: true,
    hasLimit: true,
    address: "after-call",
    moves: ["READY", "ONLINE", "OFFLINE"],
  },
  OFFLINE: {
    name: () => gettext("Offline"),
    text: () => gettext("You are not at work yet. Nobody comes to you."),
    lamp: "out",
    address: "offline",
    moves: ["ONLINE"],
  },
});
