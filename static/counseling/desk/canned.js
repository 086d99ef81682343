// Canned replies by shortcut: "/ref" before the caret offers those whose shortcut or title has "ref". Pure.

const COMMAND = /(^|\s)\/([^\s/]*)$/;
export const SHOWN = 8;

/** Return {start, query} of the shortcut that is being typed before the caret, or null. */
export function commandAt(text, caret) {
  const match = COMMAND.exec(text.slice(0, caret));
  return match && { start: match.index + match[1].length, query: match[2] };
}

/**
 * Return the replies that fit a query, the best first: the shortcut itself, shortcuts that begin with it, titles and
 * shortcuts that have it. Those of another category are left out, those of this one and one's own go first.
 */
export function suggestions(replies, query, categoryId = null) {
  const wanted = query.toLowerCase();
  return replies
    .filter((one) => one.category_id === null || one.category_id === undefined || one.category_id === categoryId)
    .map((one) => ({ one, rank: rank(one, wanted) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank - b.rank || Number(b.one.is_mine) - Number(a.one.is_mine) || a.one.shortcut.localeCompare(b.one.shortcut))
    .slice(0, SHOWN)
    .map(({ one }) => one);
}

function rank(reply, wanted) {
  const [shortcut, title] = [reply.shortcut.toLowerCase(), reply.title.toLowerCase()];
  if (shortcut === wanted) return 0;
  if (shortcut.startsWith(wanted)) return 1;
  if (title.includes(wanted) || shortcut.includes(wanted)) return 2;
  return null;
}

/** Return {text, caret} with a reply in the place of the shortcut. */
export function putReply(text, caret, { start }, content) {
  const before = text.slice(0, start);
  return { text: before + content + text.slice(caret), caret: before.length + content.length };
}

/** Put names into a reply: {customer} and {counselor}. */
export function filled(content, { customer, counselor }) {
  return content.replaceAll("{customer}", customer ?? "").replaceAll("{counselor}", counselor ?? "");
}
