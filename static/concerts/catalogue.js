/**
 * Countdowns, and what happens at the opening second: by the server's clock, without a reload.
 *
 * @import { Times } from "./phases.js"
 *
 * @typedef {{element: HTMLElement, until: number, units: HTMLElement[]}} Countdown
 * @typedef {{opens: number, before: HTMLElement[], after: HTMLElement[], isOpen: boolean}} Card
 * @typedef {{element: HTMLElement, name: string, times: Times, phases: HTMLElement[]}} Performance
 */

import { everySecond, serverNow, synchronise } from "../common/clock.js";
import { $, $$ } from "../common/dom.js";
import { gettext, interpolate } from "../common/i18n.js";
import { announce } from "../common/notices.js";
import { left, nextChange, phaseAt } from "./phases.js";

const SOON = 3_600_000; // ms; a moment as near as that is worth asking the server for its time

/** @type {(element: HTMLElement, name: string) => number} */
const time = (element, name) => Date.parse(element.dataset[name] ?? "");

/** @type {Countdown[]} */
const countdowns = $$(".countdown").map((element) => ({
  element,
  until: time(element, "until"),
  units: $$("[data-unit]", element),
}));

/** @type {Card[]} */
const cards = $$("[data-opens]:not([data-phase-now])").map((element) => ({
  opens: time(element, "opens"),
  before: $$("[data-before]", element),
  after: $$("[data-after]", element),
  isOpen: false,
}));

/** @type {Performance[]} */
const performances = $$("[data-phase-now][data-opens]").map((element) => ({
  element,
  name: $("time", element).textContent,
  times: { lineOpens: time(element, "lineOpens"), opens: time(element, "opens"), closes: time(element, "closes") },
  phases: $$("[data-phase]", element),
}));

/** @param {number} now */
function tick(now) {
  countdowns.forEach((countdown) => count(countdown, now));
  cards.filter((card) => !card.isOpen && now >= card.opens).forEach(open);
  performances.forEach((performance) => move(performance, phaseAt(performance.times, now)));
  const next = Math.min(...performances.map(({ times }) => nextChange(times, now)), ...cards.filter((card) => !card.isOpen).map((card) => card.opens));
  if (next - now < SOON) void synchronise();
  if (next - now < 1000) setTimeout(() => tick(serverNow()), next - now + 1); // a sale may open within a second
}

/**
 * @param {Countdown} countdown
 * @param {number} now
 */
function count({ element, until, units }, now) {
  const parts = left(until - now);
  for (const unit of units) {
    const { unit: name = "seconds" } = unit.dataset;
    const text = String(parts[name]).padStart(name === "days" ? 1 : 2, "0");
    if (unit.textContent !== text) unit.textContent = text;
  }
  element.classList.toggle("soon", until - now < SOON);
}

/** @param {Card} card */
function open(card) {
  card.isOpen = true;
  card.before.forEach((element) => (element.hidden = true));
  card.after.forEach((element) => (element.hidden = false));
}

/**
 * Show the phase's own button; who stands on the one before stands on this one.
 *
 * @param {Performance} performance
 * @param {string} phase
 */
function move({ element, name, phases }, phase) {
  const { phaseNow: before = "" } = element.dataset;
  if (before === phase) return;
  const hadFocus = element.contains(document.activeElement) && document.activeElement?.closest("[data-phase]");
  element.classList.replace(before, phase);
  element.dataset.phaseNow = phase;
  phases.forEach((one) => (one.hidden = one.dataset.phase !== phase));
  const shown = phases.find((one) => one.dataset.phase === phase);
  if (hadFocus) $("a", shown)?.focus();
  announce(interpolate(gettext("%(performance)s: %(state)s"), { performance: name, state: shown?.textContent?.trim() ?? "" }));
}

if (countdowns.length || cards.length || performances.length) {
  everySecond(tick);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void synchronise({ again: true }); // the computer may have slept meanwhile
  });
}
