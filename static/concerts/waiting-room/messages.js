/**
 * What the waiting room says, in the language of the page.
 *
 * @import { Range } from "./estimate.js"
 * @import { LineEvent } from "./line.js"
 */
import { duration } from "../../common/clock.js";
import { gettext, interpolate, language, ngettext } from "../../common/i18n.js";

const NOBODY_KNOWS = "–";

/** @type {(value: number | null | undefined) => string} */
export const number = (value) => (value === null || value === undefined ? NOBODY_KNOWS : value.toLocaleString(language));
/**
 * A number of people below "People ahead": Korean puts its counting word behind it.
 *
 * @type {(count: number) => string}
 */
export const people = (count) => interpolate(gettext("%(people)s"), { people: number(count) });

/**
 * {from: 5, to: 10} -> "5–10 minutes".
 *
 * @param {Range | null} range
 */
export function waitText(range) {
  if (!range) return NOBODY_KNOWS;
  const { from, to } = range;
  if (from === 0) return gettext("Less than a minute");
  if (to === null) return interpolate(gettext("More than %(hours)s hours"), { hours: number(from / 60) });
  if (from < 60) return interpolate(gettext("%(from)s–%(to)s minutes"), { from, to });
  return interpolate(gettext("%(from)s–%(to)s hours"), { from: number(from / 60), to: number(to / 60) });
}

/** @param {number | null} perMinute */
export function paceText(perMinute) {
  if (perMinute === null) return NOBODY_KNOWS;
  return interpolate(gettext("about %(people)s/min"), { people: number(perMinute) });
}

/**
 * The sentence that stands in the notice: see Line's `view().notice`.
 *
 * @param {LineEvent} notice
 * @param {number} now
 * @returns {string}
 */
export function noticeText({ key, values }, now) {
  const left = () => duration(values.until - now);
  switch (key) {
    case "lost":
      return interpolate(gettext("The connection is lost. Your place is kept; we try again in %(time)s."), { time: left() });
    case "busy":
      return interpolate(gettext("Very many people are here at this moment. Your place is kept; we ask again in %(time)s."), { time: left() });
    case "lost_before":
      return interpolate(gettext("The connection is lost. You join by yourself; we try again in %(time)s."), { time: left() });
    case "busy_before":
      return interpolate(gettext("Very many people are here at this moment. You join by yourself; we ask again in %(time)s."), { time: left() });
    case "missed":
      return gettext("Your turn came while you were away. Stay here: you are called again soon, between those who were here.");
    case "keep_open":
      return gettext("Keep this page open. Your place is kept if you load it again.");
    default:
      return lineEventText({ key, values });
  }
}

/**
 * What has happened, as it is shown or read out; an empty text for what needs no words.
 *
 * @param {LineEvent} event
 * @returns {string}
 */
export function lineEventText({ key, values }) {
  switch (key) {
    case "joined":
      return interpolate(gettext("You are in line. Your place is %(place)s."), { place: number(values.place) });
    case "moved_to_end":
      return interpolate(gettext("Your turn came while you were away for too long. You are in line again, from its end: your place is %(place)s."), { place: number(values.place) });
    case "milestone":
      return interpolate(
        ngettext("%(people)s person is ahead of you. Estimated wait: %(wait)s.", "%(people)s people are ahead of you. Estimated wait: %(wait)s.", values.ahead),
        { people: number(values.ahead), wait: waitText(values.wait) },
      );
    case "next":
      return gettext("You are next.");
    case "faster":
      return rateText(gettext("The line moves faster now: up to %(after)s people a minute instead of %(before)s."), values);
    case "slower":
      return rateText(gettext("The line moves more slowly now: up to %(after)s people a minute instead of %(before)s."), values);
    case "on_sale":
      return gettext("The sale has opened: the line is moving.");
    case "paused":
      return gettext("Nobody is let in for the moment. Your place is kept, and the line goes on by itself.");
    case "resumed":
      return gettext("The line is moving again.");
    case "closed_in_line":
      return gettext("The waiting room is closed for the moment. Your place is kept; you hear here when it opens again.");
    case "reopened":
      return gettext("The waiting room is open again, and you have your place.");
    case "opening":
      return gettext("No line is needed any more. You are taken to the seats in a moment.");
    case "missed":
      return noticeText({ key, values }, 0);
    case "seats_tight":
      return interpolate(gettext("Seats may run out before your turn: %(seats)s are left."), { seats: number(values.seats) });
    case "seats_short":
      return interpolate(
        gettext("Seats will probably run out before your turn: %(seats)s are left for %(people)s people before you. Some may come back."),
        { seats: number(values.seats), people: number(values.ahead) },
      );
    case "seats_none":
      return gettext("No seats are left at this moment. Some may come back when others do not pay; your place is kept.");
    case "seats_back":
      return interpolate(ngettext("%(seats)s seat has come back.", "%(seats)s seats have come back.", values.seats), { seats: number(values.seats) });
    case "turn":
      return gettext("It is your turn. Choose your seats now.");
    case "lost":
      return gettext("The connection is lost. We try again.");
    case "busy":
      return gettext("Very many people are here at this moment. We ask again.");
    case "back":
      return gettext("The connection is back.");
    case "closed":
      return messageText("shut").title;
    case "pass_ended":
    case "gone":
      return messageText("out", key).title;
    case "open":
      return gettext("No line is needed: the sale opens soon");
    case "open_now":
      return messageText("open").title;
    case "left":
    case "over":
    case "refused":
      return messageText(key).title;
    default:
      return "";
  }
}

/**
 * @param {string} text
 * @param {Record<string, any>} rates  people a minute
 */
function rateText(text, { before, after }) {
  return interpolate(text, { before: number(before), after: number(after) });
}

/**
 * Title and text of the panel that is there instead of a place.
 *
 * @param {string} phase
 * @param {string | null} [reason]
 */
export function messageText(phase, reason) {
  switch (phase === "out" ? reason : phase) {
    case "left":
      return { title: gettext("You have left the line"), text: gettext("Your place was given up. You can join again; you then begin at the end.") };
    case "pass_ended":
      return {
        title: gettext("Your time to choose seats is over"),
        text: gettext("Your turn went to the next in line. Seats that you hold stay yours until their time ends: you find them among your orders. To choose others, join the line again."),
      };
    case "gone":
      return {
        title: gettext("You are not in this line any more"),
        text: gettext("You have left it in another window, or your turn was used on another device. You can join again at the end."),
      };
    case "shut":
      return {
        title: gettext("The waiting room is closed for the moment"),
        text: gettext("Nobody can join just now. Keep this page open: we try again by ourselves, and you join as soon as it opens."),
      };
    case "over":
      return { title: gettext("The sale is over"), text: gettext("Seats of this performance are not sold any more. There may be other dates.") };
    case "ended":
      return {
        title: gettext("You are logged out"),
        text: gettext("Your place in line belongs to your account. Log in again and you find it here."),
      };
    case "open":
      return { title: gettext("No line is needed"), text: gettext("You are taken to the seats.") };
    default:
      return { title: gettext("That did not work"), text: gettext("Load the page again. Your place is kept.") };
  }
}
