import { language } from "./i18n.js";

const digits = new Intl.NumberFormat(language);

/**
 * 99000 -> "99,000원", in English "₩99,000".
 *
 * @param {number} amount
 */
export function won(amount) {
  return language === "ko" ? `${digits.format(amount)}원` : `₩${digits.format(amount)}`;
}

/**
 * 10000 -> "10,000".
 *
 * @param {number} value
 */
export function number(value) {
  return digits.format(value);
}
