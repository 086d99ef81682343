// The wallboard: who waits and since when, who answers, how fast. Read every few seconds, and at once when a
// counselor of the board changes. Rows stay where they are and are changed in place, so that nothing jumps.
import { call } from "../../common/api.js";
import { duration, everySecond, serverNow } from "../../common/clock.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate, language } from "../../common/i18n.js";
import { live } from "../../common/live.js";
import { messageOf } from "../../common/problems.js";
import { settings, store } from "./context.js";
import { rowOf, stateName } from "./explain.js";
import { State } from "./states.js";
import { WATCHED } from "./store.js";

const AGAIN_MS = 3_000;
const SOON_MS = 400;
const LISTENED = 50; // counselors that are heard at once; the others change with the next reading
const LONG_MS = 60_000;

const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });

/**
 * @param {HTMLElement} element
 * @param {(id: number) => void} onWatch
 * @returns {Desk.Part}
 */
export function wallboardPart(element, onWatch) {
  const tiles = makeTiles();
  const lines = makeTable(gettext("Lines"), [gettext("Category"), gettext("Waiting"), gettext("Longest wait"), gettext("Talking")], "desk-lines");
  const team = makeTable(gettext("Counselors"), [gettext("Name"), gettext("State"), gettext("For how long"), gettext("Places")], "desk-team");
  const talk = makeTable(gettext("Conversations going on"), [gettext("Customer"), gettext("Category"), gettext("Counselor"), gettext("Lasts"), ""], "desk-talk-table");
  const problem = h("p.desk-stale", { role: "status" });
  element.append(h("h2", {}, gettext("Wallboard")), problem, tiles.node, h("div.desk-board", {}, lines.node, team.node), talk.node);
  /** @type {Desk.Board | null} */
  let board = null;
  let timer = 0;
  /** @type {(() => void) | null} */
  let stopClock = null;
  let isReading = false;
  /** @type {Map<number, () => void>} by counselor: what ends it */
  const listening = new Map();

  async function read() {
    window.clearTimeout(timer);
    if (isReading) return;
    isReading = true;
    try {
      board = /** @type {Desk.Board} */ (await call("/api/counselors/wallboard"));
      problem.textContent = "";
      listen(board.counselors);
      render();
    } catch (error) {
      if (error.code !== "login_ended") problem.textContent = interpolate(gettext("These figures are from before: %(why)s."), { why: messageOf(error).title });
    } finally {
      isReading = false;
    }
    if (!element.hidden) timer = window.setTimeout(read, AGAIN_MS);
  }

  function soon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(read, SOON_MS);
  }

  /** @param {Desk.Counselor[]} counselors */
  function listen(counselors) {
    const wanted = new Set(counselors.slice(0, LISTENED).map((one) => one.id).filter((id) => id !== settings.user.id));
    for (const [id, stop] of listening) {
      if (wanted.has(id)) continue;
      stop();
      listening.delete(id);
    }
    for (const id of wanted) if (!listening.has(id)) listening.set(id, live.subscribe(`/sub/counselor/${id}`, soon));
  }

  function render() {
    if (!board) return;
    tiles.render(board);
    lines.render(board.lines.map(lineCells));
    team.render(board.counselors.map(counselorCells));
    talk.render(board.conversations.map((one) => talkCells(one, onWatch)));
  }

  return {
    show() {
      void read();
      stopClock ??= everySecond(render);
    },
    hide() {
      window.clearTimeout(timer);
      stopClock?.();
      stopClock = null;
      for (const stop of listening.values()) stop();
      listening.clear();
    },
  };
}

function makeTiles() {
  const values = { waiting: tile(gettext("Waiting")), longest: tile(gettext("Longest wait")), level: tile(gettext("Service level now")), ready: tile(gettext("Ready or busy")) };
  return {
    node: h("div.desk-tiles", {}, Object.values(values).map(({ node }) => node)),
    /** @param {Desk.Board} board */
    render({ lines, counselors, service_level: level }) {
      const waiting = lines.reduce((sum, line) => sum + line.waiting, 0);
      const slowest = lines.filter((line) => line.waits_since).sort((one, other) => (String(one.waits_since) < String(other.waits_since) ? -1 : 1))[0];
      const since = slowest?.waits_since;
      const talking = lines.reduce((sum, line) => sum + line.talking, 0);
      const working = counselors.filter((one) => rowOf(one.state).isOnDuty);
      const free = working.reduce((sum, one) => sum + Math.max(0, one.capacity - one.load), 0);
      values.waiting.set(String(waiting), waiting ? "warn" : "good", interpolate(gettext("%(talking)s talking"), { talking }));
      values.longest.set(since ? age(since) : "–", since && serverNow() - Date.parse(since) > LONG_MS ? "bad" : "good", slowest ? interpolate(gettext("in %(category)s"), { category: slowest.category.name }) : "");
      values.level.set(
        level.share === null ? "–" : percent.format(level.share),
        level.share === null ? "" : level.share >= level.target ? "good" : "bad",
        interpolate(gettext("%(in_time)s of %(queued)s within %(within)s s, last %(minutes)s min; aim %(target)s"), {
          in_time: level.in_time, queued: level.answered + level.abandoned, within: level.within_seconds, minutes: Math.round(level.window_seconds / 60), target: percent.format(level.target),
        }),
      );
      values.ready.set(String(working.length), working.length ? "good" : "bad", interpolate(gettext("%(free)s free places"), { free }));
    },
  };
}

/** @param {string} name */
function tile(name) {
  const value = h("b.desk-tile-value.digits", {}, "–");
  const detail = h("span.desk-tile-detail.quiet", {});
  const node = h("div.desk-tile", {}, h("span.desk-tile-name", {}, name), value, detail);
  return {
    node,
    /**
     * @param {string} text
     * @param {string} mood
     * @param {string} more
     */
    set(text, mood, more) {
      put(value, text);
      put(detail, more);
      node.dataset.mood = mood || "";
    },
  };
}

/**
 * @param {Desk.BoardLine} line
 * @returns {Desk.BoardRow}
 */
function lineCells(line) {
  const isLong = line.waits_since && serverNow() - Date.parse(line.waits_since) > LONG_MS;
  return {
    key: line.category.id,
    cells: [`${line.domain} · ${line.category.name}`, String(line.waiting), line.waits_since ? age(line.waits_since) : "–", String(line.talking)],
    mood: isLong ? "bad" : line.waiting ? "warn" : "",
  };
}

/**
 * @param {Desk.Counselor} one
 * @returns {Desk.BoardRow}
 */
function counselorCells(one) {
  const state = one.state === State.ONLINE && one.reason === "missed_offers" ? gettext("Paused (missed offers)") : stateName(one.state);
  const since = rowOf(one.state).hasLimit && one.after_call_until ? interpolate(gettext("%(time)s left"), { time: duration(Date.parse(one.after_call_until) - serverNow()) }) : one.since ? age(one.since) : "–";
  return { key: one.id, cells: [one.name, state, since, `${one.load}/${one.capacity}`], mood: "", lamp: rowOf(one.state).lamp };
}

/**
 * @param {Desk.Session} session
 * @param {(id: number) => void} onWatch
 * @returns {Desk.BoardRow}
 */
function talkCells(session, onWatch) {
  return {
    key: session.id,
    cells: [session.customer.name, session.category.name, session.counselor?.name ?? "–", session.status === "OFFERED" ? gettext("offered") : age(session.answered_at ?? session.requested_at)],
    mood: "",
    act: () => {
      const isMine = session.counselor?.id === settings.user.id;
      return h("button.button.small", { type: "button", "aria-label": interpolate(isMine ? gettext("Open the conversation with %(name)s") : gettext("Watch the conversation with %(name)s"), session.customer), onclick: () => {
        store.add(session, WATCHED);
        onWatch(session.id);
      } }, isMine ? gettext("Open") : gettext("Watch"));
    },
  };
}

/**
 * A table whose rows are kept by their key.
 *
 * @param {string} caption
 * @param {string[]} headings
 * @param {string} id
 */
function makeTable(caption, headings, id) {
  const body = h("tbody", {});
  const nothing = h("p.desk-table-empty.quiet", {}, gettext("Nobody at this moment."));
  /** @type {Map<number, HTMLTableRowElement>} by their key */
  const rows = new Map();
  const node = h(
    "section.desk-table-box",
    {},
    h("div.scroll-x", { tabindex: "0", role: "region", "aria-label": caption }, h(`table.desk-table.${id}`, {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, headings.map((heading) => (heading ? h("th", { scope: "col" }, heading) : h("td", {}))))), body), nothing),
  );
  return {
    node,
    /** @param {Desk.BoardRow[]} wanted */
    render(wanted) {
      const keys = new Set(wanted.map((row) => row.key));
      for (const [key, row] of rows) {
        if (keys.has(key)) continue;
        row.remove();
        rows.delete(key);
      }
      wanted.forEach(({ key, cells, mood, lamp, act }, at) => {
        const row = rows.get(key) ?? h("tr", {}, cells.map((_, cell) => (cell ? h("td.digits") : h("th", { scope: "row" }))), act && h("td.desk-table-act", {}, act()));
        rows.set(key, row);
        if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
        cells.forEach((text, cell) => put(row.children[cell], text));
        row.dataset.mood = mood;
        if (lamp) row.dataset.lamp = lamp;
      });
      nothing.hidden = wanted.length > 0;
    },
  };
}

/**
 * @param {Element} node
 * @param {string} text
 */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string} iso */
const age = (iso) => duration(Math.max(0, serverNow() - Date.parse(iso)));
