/** The description of a hall between a form's fields, plain objects and YAML (see apps/concerts/venue_plans/plan.py). */

const LIST = /[\s,]+/;

/**
 * "6, 14" -> [6, 14]. What is no number is kept as text, for the server to refuse by name.
 *
 * @param {string} text
 * @returns {AdminHalls.NumberOrText[]}
 */
export function readNumbers(text) {
  return words(text).map((word) => (/^\d+$/.test(word) ? Number(word) : word));
}

/**
 * "12" -> 12, "가, 나" or "A" -> labels.
 *
 * @param {string} text
 */
export function readRows(text) {
  const labels = words(text);
  return labels.length === 1 && /^\d+$/.test(labels[0]) ? Number(labels[0]) : labels;
}

/**
 * "20" -> 20, "24, 26" -> [24, 26].
 *
 * @param {string} text
 */
export function readSeats(text) {
  const counts = readNumbers(text);
  return counts.length === 1 ? counts[0] : counts;
}

/**
 * A section of a plan as the texts of its fields.
 *
 * @param {AdminHalls.PlanSection} section
 * @returns {AdminHalls.SectionFields}
 */
export function sectionFields(section) {
  const text = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));
  return {
    code: section.code,
    name: section.name ?? "",
    level: String(section.level ?? 1),
    rows: text(section.rows),
    seats: text(section.seats),
    aisles: text(section.aisles ?? []),
    accessible: text(section.accessible ?? []),
  };
}

/**
 * The fields of a section as the plan has it; what is left out has its default.
 *
 * @param {AdminHalls.SectionFields} fields
 * @returns {AdminHalls.PlanSection}
 */
export function readSection({ code, name, level, rows, seats, aisles, accessible }) {
  return {
    code: code.trim(),
    ...(name.trim() && { name: name.trim() }),
    ...(level.trim() !== "1" && { level: /^\d+$/.test(level.trim()) ? Number(level) : level.trim() }),
    rows: readRows(rows),
    seats: readSeats(seats),
    ...(words(aisles).length && { aisles: readNumbers(aisles) }),
    ...(words(accessible).length && { accessible: words(accessible) }),
  };
}

/**
 * A plan as YAML: a line for each section.
 *
 * @param {AdminHalls.Plan} plan
 */
export function writePlan({ name, city = "", address = "", sections }) {
  const head = Object.entries({ name, city, address }).filter(([key, value]) => value || key === "name");
  const lines = head.map(([key, value]) => `${key}: ${scalar(value)}`);
  return [...lines, "sections:", ...sections.map((section) => `  - ${flow(section)}`), ""].join("\n");
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value).map(([key, one]) => `${key}: ${flow(one)}`).join(", ")}}`;
  }
  return scalar(/** @type {AdminHalls.NumberOrText} */ (value));
}

/**
 * A number as it is, a text quoted unless it can be read as nothing else.
 *
 * @param {AdminHalls.NumberOrText} value
 */
function scalar(value) {
  if (typeof value === "number") return String(value);
  const isWord = /^\p{L}[\p{L}\p{N} ()·]*$/u.test(value) && value === value.trim();
  const isSeat = /^[\p{L}\p{N}]+-\d+$/u.test(value) && !/^\d{4}-\d/.test(value);
  const meansElse = /^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return (isWord && !meansElse) || isSeat ? value : JSON.stringify(value);
}

/** @param {string} text */
function words(text) {
  return String(text).split(LIST).filter(Boolean);
}
