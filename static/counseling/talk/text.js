// Links in what people wrote. Pure: it gives parts, and whoever shows them makes text nodes and anchors of them.

// Visible ASCII only: a Korean particle behind an address, as in "https://example.com에서", is no part of it.
const ADDRESS = /\bhttps?:\/\/[!-~]+/gi;
const ENDS = /[.,:;!?'"*_~<>]+$/;

/**
 * Split a text into [{text}] and [{text, href}]; only http and https addresses become links.
 *
 * @param {string} text
 */
export function linkify(text) {
  /** @type {Counsel.TextPart[]} */
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimmed(match[0]);
    const href = addressOf(shown);
    if (!href) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/**
 * Leave out what ends the sentence rather than the address, such as a full stop or a bracket that was not opened.
 *
 * @param {string} address
 */
function trimmed(address) {
  let text = address.split(/[<>"`{}|\\^]/, 1)[0].replace(ENDS, "");
  for (const [open, close] of ["()", "[]"]) {
    while (text.endsWith(close) && text.split(close).length > text.split(open).length) {
      text = text.slice(0, -1).replace(ENDS, "");
    }
  }
  return text;
}

/** @param {string} text */
function addressOf(text) {
  try {
    const url = new URL(text);
    // A name and password before the host are how an address pretends to be another one.
    return url.username || url.password ? null : url.href;
  } catch {
    return null;
  }
}
