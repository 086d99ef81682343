// Canned replies by shortcut: "/ref" before the caret offers those whose shortcut or title has "ref". Pure.

const NONE = 3; // the rank of what does not fit
const COMMAND = /(^|\s)\/([^\s/]*)$/;
export const SHOWN = 8;

/**
 * Return {start, query} of the shortcut that is being typed before the caret, or null.
 *
 * @param {string} text
 * @param {number} caret
 * @returns {Desk.Command | null}
 */
export function commandAt(text, caret) {
  const match = COMMAND.exec(text.slice(0, caret));
  return match && { start: match.index + match[1].length, query: match[2] };
}

/**
 * Return the replies that fit a query, the best first: the shortcut itself, shortcuts that begin with it, titles and
 * shortcuts that have it. Those of another category are left out, those of this one and one's own go first.
 *
 * @param {Desk.Reply[]} replies
 * @param {string} query
 * @param {number | null} categoryId
 */
export function suggestions(replies, query, categoryId = null) {
  const wanted = query.toLowerCase();
  return replies
    .filter((one) => one.category_id === null || one.category_id === undefined || one.category_id === categoryId)
    .map((one) => ({ one, rank: rank(one, wanted) }))
    .filter(({ rank }) => rank < NONE)
    .sort((a, b) => a.rank - b.rank || Number(b.one.is_mine) - Number(a.one.is_mine) || a.one.shortcut.localeCompare(b.one.shortcut))
    .slice(0, SHOWN)
    .map(({ one }) => one);
}

/**
 * @param {Desk.Reply} reply
 * @param {string} wanted
 */
function rank(reply, wanted) {
  const [shortcut, title] = [reply.shortcut.toLowerCase(), reply.title.toLowerCase()];
  if (shortcut === wanted) return 0;
  if (shortcut.startsWith(wanted)) return 1;
  if (title.includes(wanted) || shortcut.includes(wanted)) return 2;
  return NONE;
}

/**
 * Return {text, caret} with a reply in the place of the shortcut.
 *
 * @param {string} text
 * @param {number} caret
 * @param {{start: number}} command
 * @param {string} content
 */
export function putReply(text, caret, { start }, content) {
  const before = text.slice(0, start);
  return { text: before + content + text.slice(caret), caret: before.length + content.length };
}

/**
 * Put names into a reply: {customer} and {counselor}.
 *
 * @param {string} content
 * @param {{customer?: string, counselor?: string}} names
 */
export function filled(content, { customer, counselor }) {
  return content.replaceAll("{customer}", customer ?? "").replaceAll("{counselor}", counselor ?? "");
}
