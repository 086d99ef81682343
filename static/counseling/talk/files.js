// What files a conversation takes, told before they are sent. The server looks again, at their content.
import { gettext, interpolate } from "../../common/i18n.js";

export const MAX_BYTES = 5 * 1024 * 1024;
export const ACCEPTED = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"];

/**
 * Return why a file cannot be sent, in words, or null.
 *
 * @param {File} file
 */
export function whyNot(file) {
  if (file.type && !ACCEPTED.includes(file.type)) {
    return interpolate(gettext("“%(name)s” cannot be sent. Images (PNG, JPEG, GIF, WebP) and PDF files can."), { name: file.name });
  }
  if (file.size === 0) return interpolate(gettext("“%(name)s” is empty."), { name: file.name });
  if (file.size > MAX_BYTES) {
    const words = { name: file.name, size: sizeText(file.size) };
    return interpolate(gettext("“%(name)s” is too large (%(size)s). Files of up to 5 MB can be sent."), words);
  }
  return null;
}

/**
 * A size as people read it: "340 KB", "1.2 MB".
 *
 * @param {number} bytes
 */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** @param {Counsel.Attachment} attachment */
export function isImage(attachment) {
  return attachment.content_type.startsWith("image/");
}
