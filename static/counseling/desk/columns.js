// Which conversations stand side by side. Pure.

export const NARROWEST = 380; // pixels of a column in which one can talk
export const MOST = 4;

/**
 * Return how many columns fit, of as many as are wanted (0: as many as fit).
 *
 * @param {number} width
 */
export function columnsFor(width, wanted = 0) {
  const fitting = Math.max(1, Math.min(MOST, Math.floor(width / NARROWEST)));
  return wanted ? Math.min(wanted, fitting) : fitting;
}

/**
 * Return the ids to show, left to right: what stood there stays where it was, and the one in focus takes the place of
 * the one that was in focus longest ago.
 *
 * @param {number[]} shown what stood there
 * @param {number[]} all all conversations, in their order
 * @param {number|null} focus
 * @param {number} columns
 * @param {number[]} recent what was in focus, the last one first
 */
export function arrange(shown, all, focus, columns, recent = []) {
  const left = shown.filter((id) => all.includes(id));
  const age = (/** @type {number} */ id) => (recent.includes(id) ? recent.indexOf(id) : Infinity);
  const oldest = (/** @type {number[]} */ ids) => ids.filter((id) => id !== focus).sort((one, other) => age(other) - age(one))[0];
  while (left.length > columns) left.splice(left.indexOf(oldest(left) ?? left[0]), 1);
  if (focus !== null && all.includes(focus) && !left.includes(focus)) {
    if (left.length < columns) left.push(focus);
    else left[left.indexOf(oldest(left) ?? left[0])] = focus;
  }
  for (const id of all) {
    if (left.length >= columns) break;
    if (!left.includes(id)) left.push(id);
  }
  return left;
}
