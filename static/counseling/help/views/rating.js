// Five stars and a few words, once a conversation has ended.
import { h } from "../../../common/dom.js";
import { gettext } from "../../../common/i18n.js";
import { field, submitting } from "../forms.js";

const MAX_FEEDBACK = 1_000;

const names = () => [gettext("Very poor"), gettext("Poor"), gettext("Fair"), gettext("Good"), gettext("Very good")];

/**
 * Return the form; `rate({score, feedback})` sends it. Stars are radio buttons: arrow keys choose.
 *
 * @param {(rating: Help.Rating) => Promise<void>} rate
 */
export function ratingForm(rate) {
  const said = h("span.stars-said", { "aria-hidden": "true" });
  const stars = names().map((name, index) => {
    const radio = h("input", { type: "radio", name: "score", value: String(index + 1), required: true });
    radio.addEventListener("change", () => {
      said.textContent = name;
      words.hidden = false;
    });
    return h("label.star", {}, radio, h("span.visually-hidden", {}, name), h("span", { "aria-hidden": "true" }, "★"));
  });
  const feedback = h("textarea", { rows: "2", maxlength: String(MAX_FEEDBACK) });
  const words = h("div.rating-words", { hidden: true }, field(gettext("What we could do better (optional)"), feedback), h("button.button.primary.wide", {}, gettext("Send")));
  const form = h("form.rating", {}, h("fieldset.plain", {}, h("legend", {}, gettext("How was it?")), h("div.stars", {}, stars, said)), words);
  submitting(form, () => rate({ score: Number(new FormData(form).get("score")), feedback: feedback.value.trim() }));
  return form;
}
