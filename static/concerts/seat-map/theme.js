// Colours for the canvas: the site's own tokens, and the grades' colours made legible on them.

const TOKENS = ["ground", "card", "raised", "ink", "quiet", "line", "edge", "accent", "accent-ink", "focus"];

/**
 * The tokens as [red, green, blue], and functions that make CSS colours of mixtures.
 *
 * @returns {SeatMap.Theme}
 */
export function readTheme(element = document.documentElement) {
  const styles = getComputedStyle(element);
  /** @type {any} */
  const theme = { font: styles.getPropertyValue("--font").trim() || "sans-serif" };
  for (const token of TOKENS) theme[token.replace("-i", "I")] = read(styles.getPropertyValue(`--${token}`).trim());
  theme.isDark = luminance(theme.card) < 0.2;
  return theme;
}

/**
 * A grade's own colour, far enough from the ground that a seat of it is seen.
 *
 * @param {string} hex
 * @param {SeatMap.Theme} theme
 */
export function legible(hex, theme) {
  let colour = read(hex);
  for (let step = 0; step < 8 && contrast(colour, theme.card) < 3; step += 1) colour = mix(colour, theme.ink, 0.15);
  return colour;
}

/** @param {number[]} colour  red, green, blue */
export function css([red, green, blue], alpha = 1) {
  return alpha === 1 ? `rgb(${red} ${green} ${blue})` : `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/**
 * `share` of the second colour in the first.
 *
 * @param {SeatMap.Colour} one
 * @param {SeatMap.Colour} other
 * @param {number} share
 */
export function mix(one, other, share) {
  return one.map((value, i) => Math.round(value + (other[i] - value) * share));
}

/**
 * White or near-black, whichever is read better on a colour.
 *
 * @param {SeatMap.Colour} colour
 */
export function inkOn(colour) {
  return luminance(colour) > 0.3 ? [16, 14, 30] : [255, 255, 255];
}

/**
 * @param {SeatMap.Colour} one
 * @param {SeatMap.Colour} other
 */
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {SeatMap.Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const HEX = /^#(?:([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})|([0-9a-f])([0-9a-f])([0-9a-f]))$/i;
const UNKNOWN = [119, 119, 119];
/** @type {CanvasRenderingContext2D | null} */
let reader = null;

/**
 * #abc and #aabbcc are read at once; what else CSS has is left to one who knows it, a canvas.
 *
 * @param {string} text
 * @returns {SeatMap.Colour}
 */
function read(text) {
  const found = HEX.exec(text);
  if (found) {
    return found[1] ? [1, 2, 3].map((i) => Number.parseInt(found[i], 16)) : [4, 5, 6].map((i) => Number.parseInt(found[i], 16) * 17);
  }
  reader ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  reader.fillStyle = "#777777";
  reader.fillStyle = text;
  return HEX.test(reader.fillStyle) ? read(reader.fillStyle) : UNKNOWN;
}
