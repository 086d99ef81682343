// For everybody, logged in or not: what is asked most, and the way to a person.
import { $, h } from "../../../common/dom.js";
import { gettext } from "../../../common/i18n.js";

/** The page's template has the answers, in its language. */
export function hints() {
  return $("#help-hints").content.cloneNode(true);
}

/** @returns {Help.Made} */
export function hintsView() {
  const { logIn } = $("#help-launcher").dataset;
  const next = encodeURIComponent(window.location.pathname + window.location.search);
  const node = h(
    "div.help-page",
    {},
    hints(),
    h("section.help-section", {},
      h("h3", {}, gettext("Talk to somebody")),
      h("p", {}, gettext("Log in, and a counselor answers you right here. Files can be sent, too.")),
      h("a.button.primary", { href: `${logIn}?next=${next}` }, gettext("Log in")),
    ),
  );
  return { title: gettext("Help"), node };
}
