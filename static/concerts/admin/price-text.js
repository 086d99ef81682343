/** Prices as text, one grade a line: "VIP 165000 #7c3aed: F1, F2"; apps/concerts/admin/forms.py reads the same. */

const LINE = /^(\S{1,20})\s+(\d{1,9})(?:\s+(#[0-9a-fA-F]{6}))?\s*:\s*(.*)$/;
export const PLAIN = "#6b7280";

/**
 * Read the lines that are grades; others are left to the server to refuse.
 *
 * @param {string} text
 * @returns {AdminHalls.Grade[]}
 */
export function readPrices(text) {
  return text
    .split("\n")
    .map((line) => line.trim().match(LINE))
    .filter((match) => match !== null)
    .map(([, name, price, color, sections]) => ({
      name,
      price: Number(price),
      color: color ?? PLAIN,
      sections: sections.split(",").map((code) => code.trim()).filter(Boolean),
    }));
}

/**
 * Write grades; one that no section has yet is left out, as nobody could buy it.
 *
 * @param {AdminHalls.Grade[]} grades
 */
export function writePrices(grades) {
  return grades.filter(({ sections }) => sections.length).map(({ name, price, color, sections }) => `${name.replace(/\s+/g, "")} ${price || 0} ${color}: ${sections.join(", ")}`).join("\n");
}
