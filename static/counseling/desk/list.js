// The list of conversations, which is what one goes through them by: offers first, then those to answer.
import { countdown, duration, serverNow } from "../../common/clock.js";
import { call } from "../../common/api.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { announce } from "../../common/notices.js";
import { systemEntryText } from "../talk/messages.js";
import { alertDesk } from "./alerts.js";
import { attempt, settings, store, talks } from "./context.js";
import { JOINED, MINE, PAST, WATCHED } from "./store.js";

const HEADINGS = {
  [MINE]: () => gettext("My conversations"),
  [JOINED]: () => gettext("Joined"),
  [WATCHED]: () => gettext("Watching"),
  [PAST]: () => gettext("Ended"),
};
const SAYS_LAST_SECONDS = [10, 5];

/**
 * @param {HTMLElement} element
 * @param {(id: number) => void} onOpen
 */
export function conversationList(element, onOpen) {
  const offers = h("div.desk-offers", { role: "region", "aria-label": gettext("Offers") });
  const groups = Object.fromEntries(
    Object.entries(HEADINGS).map(([part, heading]) => {
      const list = h("ul.desk-items", {});
      return [part, { list, section: h("section.desk-group", { hidden: true, "aria-label": heading() }, h("h2", {}, heading()), list) }];
    }),
  );
  const nothing = h("p.desk-empty.quiet", { hidden: true }, settings.is_counselor ? gettext("Nobody is talking to you. Once you are ready, customers come by themselves.") : gettext("You take part in no conversation. Watch one from the wallboard."));
  element.append(offers, ...Object.values(groups).map(({ section }) => section), nothing);
  /** @type {Map<number, ReturnType<typeof makeRow>>} by conversation */
  const rows = new Map();
  showOffers(offers);

  const render = () => {
    const { items } = store;
    nothing.hidden = !store.isLoaded || items.length + store.offers.length > 0;
    for (const [id, row] of rows) {
      if (store.item(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    for (const [part, { list, section }] of Object.entries(groups)) {
      const theirs = items.filter((item) => item.part === part);
      section.hidden = theirs.length === 0;
      theirs.forEach((item, at) => {
        const row = rows.get(item.id) ?? makeRow(item.id, onOpen);
        rows.set(item.id, row);
        if (list.children[at] !== row.node) list.insertBefore(row.node, list.children[at] ?? null);
        row.update(item);
      });
    }
  };
  store.onChange(render);
  talks.onChange(render);
  window.setInterval(render, 30_000); // how long ago is told in minutes
}

/**
 * @param {number} id
 * @param {(id: number) => void} onOpen
 */
function makeRow(id, onOpen) {
  const name = h("span.desk-item-name", {});
  const about = h("span.desk-item-about", {});
  const last = h("span.desk-item-last", {});
  const when = h("span.desk-item-when.digits", {});
  const unread = h("span.desk-count", { hidden: true });
  const button = h("button.desk-item", { type: "button", onclick: () => onOpen(id) }, h("span.desk-item-top", {}, name, when), about, h("span.desk-item-bottom", {}, last, unread));
  return {
    node: h("li", {}, button),
    /** @param {Desk.Item} item */
    update({ session, part }) {
      const opened = talks.get(id);
      name.textContent = session.customer.name;
      about.textContent = [session.category.name, session.subject].filter(Boolean).join(" · ");
      const entry = opened?.talk.entries.at(-1) ?? session.last_entry;
      const typing = opened?.talk.typists.length;
      last.textContent = typing ? gettext("is typing…") : entry ? summary(entry) : "";
      when.textContent = entry ? ago(entry.sent_at) : "";
      const count = talks.unreadOf({ id, part });
      unread.hidden = count === 0;
      unread.replaceChildren(h("span", { "aria-hidden": "true" }, String(count)), h("span.visually-hidden", {}, interpolate(gettext("%(count)s unread"), { count })));
      if (store.focus === id) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.classList.toggle("has-unread", count > 0);
    },
  };
}

/** @param {Counsel.Entry} entry */
function summary(entry) {
  if (entry.type !== "MESSAGE") return systemEntryText(entry, { id: settings.user.id, role: "counselor" });
  const mine = entry.sender.id === settings.user.id ? gettext("Me: ") : "";
  return mine + (entry.content || gettext("A file"));
}

/** @param {string} iso */
function ago(iso) {
  const minutes = Math.floor((serverNow() - Date.parse(iso)) / 60_000);
  if (minutes < 1) return gettext("now");
  if (minutes < 60) return interpolate(gettext("%(minutes)s min"), { minutes });
  return interpolate(gettext("%(hours)s h"), { hours: Math.floor(minutes / 60) });
}

/**
 * Offers, each with the time that is left to take it.
 *
 * @param {HTMLElement} element
 */
function showOffers(element) {
  /** @type {Map<number, ReturnType<typeof offerCard>>} by conversation */
  const cards = new Map();
  store.onChange(() => {
    const present = new Set(store.offers.map((one) => one.session_id));
    for (const [id, card] of cards) {
      if (present.has(id)) continue;
      card.stop();
      card.node.remove();
      cards.delete(id);
    }
    for (const offer of store.offers) {
      if (cards.has(offer.session_id)) continue;
      const card = offerCard(offer);
      cards.set(offer.session_id, card);
      element.append(card.node);
      const title = interpolate(gettext("%(name)s asks about %(category)s"), { name: offer.customer.name, category: offer.category.name });
      announce(title, { urgent: true });
      alertDesk({ title: gettext("A customer is offered to you"), body: title, tag: `offer-${offer.session_id}` });
    }
  });
}

/** @param {Desk.Offer} offer */
function offerCard(offer) {
  const left = h("span.desk-offer-left.digits", {});
  const waited = duration(serverNow() - Date.parse(offer.requested_at));
  const accept = h("button.button.primary", { type: "button", dataset: { act: "accept" }, onclick: () => acceptOffer(offer.session_id, accept) }, gettext("Accept"));
  const decline = h("button.button", { type: "button", dataset: { act: "decline" }, onclick: () => declineOffer(offer.session_id, decline) }, gettext("Decline"));
  const node = h(
    "article.desk-offer",
    { "aria-label": interpolate(gettext("Offer: %(name)s"), { name: offer.customer.name }) },
    h("p.desk-offer-top", {}, h("strong", {}, offer.customer.name), left),
    h("p", {}, [offer.category.name, offer.subject].filter(Boolean).join(" · ")),
    h("p.quiet", {}, interpolate(gettext("Has waited %(time)s"), { time: waited })),
    h("p.desk-offer-acts", {}, accept, decline),
  );
  const stop = countdown(left, Date.parse(offer.expires_at), {
    announceAt: SAYS_LAST_SECONDS,
    onAnnounce: (time) => announce(interpolate(gettext("%(time)s left to accept"), { time }), { urgent: true }),
    onEnd: () => [accept, decline].forEach((button) => (button.disabled = true)),
  });
  return { node, stop };
}

/** @type {(how: string) => (id: number, button?: Desk.Button) => Promise<boolean>} */
const answerOffer = (how) => (id, button) =>
  attempt(
    async () => {
      await call(`/api/sessions/${id}/${how}`, { method: "POST" });
      store.dropOffer(id);
    },
    { button },
  );
export const acceptOffer = answerOffer("accept");
export const declineOffer = answerOffer("decline");
