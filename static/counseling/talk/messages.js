// Texts of system entries of a conversation.
import { gettext, interpolate } from "../../common/i18n.js";

/**
 * What a person's part is called.
 *
 * @param {string} role
 */
export function roleName(role) {
  /** @type {Record<string, string>} */
  const names = {
    customer: gettext("Customer"),
    counselor: gettext("Counselor"),
    supervisor: gettext("Supervisor"),
  };
  return names[role] ?? gettext("Ticket-Live");
}

/**
 * Why a conversation has ended, as `me` is told.
 *
 * @param {string | null | undefined} reason
 * @param {{role: string}} me
 */
export function reasonText(reason, me) {
  const isCustomer = me.role === "customer";
  /** @type {Record<string, string>} */
  const texts = {
    customer: isCustomer ? gettext("You ended the conversation.") : gettext("The customer ended the conversation."),
    counselor: gettext("The counselor ended the conversation."),
    supervisor: gettext("A supervisor ended the conversation."),
    disconnect: isCustomer
      ? gettext("The conversation ended because your connection was lost for long.")
      : gettext("The conversation ended because the customer went away."),
    time_out: gettext("The conversation ended because nobody wrote for a long time."),
    left_line: isCustomer ? gettext("You left the line.") : gettext("The customer left the line."),
    inquiry: isCustomer ? gettext("You wrote an inquiry instead.") : gettext("The customer wrote an inquiry instead."),
  };
  return texts[reason ?? ""] ?? gettext("The conversation has ended.");
}

/**
 * A system entry of the log, as `me` is told.
 *
 * @param {Counsel.Entry} entry
 * @param {Counsel.Me} me
 */
export function systemEntryText(entry, me) {
  switch (entry.type) {
    case "ACCEPTED":
      return accepted(entry.counselor ?? entry.sender, me);
    case "TRANSFERRED":
      return transferred(entry, me);
    case "JOINED":
      return named(gettext("%(name)s, a supervisor, has joined."), entry.sender);
    case "ENDED":
      return reasonText(entry.reason, me);
    default:
      return "";
  }
}

/**
 * @param {Counsel.Somebody} counselor
 * @param {Counsel.Me} me
 */
function accepted(counselor, me) {
  if (counselor.id === me.id) return gettext("You have taken the conversation.");
  return named(gettext("%(name)s is here for you now."), counselor);
}

/**
 * @param {Counsel.Entry} entry
 * @param {Counsel.Me} me
 */
function transferred(entry, me) {
  const isCustomer = me.role === "customer";
  if (entry.to?.counselor) {
    if (entry.to.counselor.id === me.id) return gettext("The conversation is yours now.");
    return named(gettext("%(name)s takes over from here, and can read what was said."), entry.to.counselor);
  }
  if (entry.reason === "counselor_lost") {
    return isCustomer
      ? gettext("Your counselor's connection was lost. You are at your old place in the line; somebody else will go on.")
      : gettext("The counselor's connection was lost; the conversation is back in the line.");
  }
  return isCustomer
    ? gettext("You are being put through to another team. The time you have waited counts.")
    : gettext("The conversation was given to another team's line.");
}

/**
 * @param {string} text
 * @param {{name: string | null}} person
 */
function named(text, person) {
  return interpolate(text, { name: person.name ?? gettext("Somebody") });
}
