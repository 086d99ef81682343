// A few emoji by hand, for those whose keyboard has none; each with its name for screen readers.
import { h } from "../../common/dom.js";
import { gettext } from "../../common/i18n.js";

const names = () => [
  ["😀", gettext("grinning face")], ["😄", gettext("laughing face")], ["😊", gettext("smiling face")],
  ["🙂", gettext("slight smile")], ["😍", gettext("face in love")], ["😅", gettext("sweating smile")],
  ["😢", gettext("crying face")], ["😭", gettext("loudly crying face")], ["😡", gettext("angry face")],
  ["😮", gettext("surprised face")], ["🤔", gettext("thinking face")], ["🙏", gettext("folded hands")],
  ["👍", gettext("thumbs up")], ["👎", gettext("thumbs down")], ["👏", gettext("clapping hands")],
  ["🙌", gettext("raised hands")], ["👌", gettext("OK hand")], ["💪", gettext("strong arm")],
  ["❤️", gettext("red heart")], ["🎉", gettext("party popper")], ["✨", gettext("sparkles")],
  ["🎫", gettext("ticket")], ["🎵", gettext("musical note")], ["🎤", gettext("microphone")],
  ["💳", gettext("credit card")], ["📷", gettext("camera")], ["⏰", gettext("alarm clock")],
  ["✅", gettext("check mark")], ["❌", gettext("cross mark")], ["❓", gettext("question mark")],
];
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 6, ArrowUp: -6 };

/**
 * Return a group of emoji buttons; `onPick(emoji)`. Arrow keys move through it, and Tab leaves it.
 *
 * @param {(emoji: string) => void} onPick
 */
export function emojiPicker(onPick) {
  const buttons = names().map(([emoji, name], index) =>
    h("button", { type: "button", "aria-label": name, tabindex: index === 0 ? "0" : "-1", onclick: () => onPick(emoji) }, emoji),
  );
  const group = h("div.emoji-picker", { role: "group", "aria-label": gettext("Emoji") }, buttons);
  group.addEventListener("keydown", (event) => {
    const next = buttons[buttons.findIndex((button) => button === document.activeElement) + (STEPS[event.key] ?? NaN)];
    if (!next) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
  return group;
}
