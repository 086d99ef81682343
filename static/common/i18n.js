/**
 * The texts of the page's language, from the catalogue that base.html loads before any module runs. In the admin
 * Django's jQuery takes the place of `django`; the catalogue's functions are globals as well.
 */

const loaded = /** @type {Catalogue | undefined} */ (
  [globalThis.django, globalThis].find((one) => typeof one?.gettext === "function")
);
/** @type {Catalogue} */
const catalogue = loaded ?? {
  gettext: (text) => text,
  ngettext: (one, many, count) => (count === 1 ? one : many),
  pgettext: (_context, text) => text,
};

export const { gettext, ngettext, pgettext } = catalogue;

/**
 * Put values into "%(name)s" of a translated text.
 *
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (_whole, name) => String(values[name]));
}

export const language = globalThis.document?.documentElement.lang || "ko";
