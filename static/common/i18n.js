/**
 * The texts of the page's language, from the catalogue that base.html loads before any module runs. In the admin
 * Django's jQuery takes the place of `django`; the catalogue's functions are globals as well.
 */

const loaded = [globalThis.django, globalThis].find((one) => typeof one?.gettext === "function");
const catalogue = loaded ?? {
  gettext: (text) => text,
  ngettext: (one, many, count) => (count === 1 ? one : many),
  pgettext: (_context, text) => text,
  interpolate: (text, values) => text.replace(/%\((\w+)\)[sd]/g, (_whole, name) => String(values[name])),
};

export const { gettext, ngettext, pgettext } = catalogue;

/** Put values into "%(name)s" of a translated text. */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (_whole, name) => String(values[name]));
}

export const language = globalThis.document?.documentElement.lang || "ko";
