// Canned replies: everybody's to read, one's own to write.
import { call } from "../../common/api.js";
import { ask } from "../../common/dialog.js";
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { messageOf, showProblem } from "../../common/problems.js";
import { say } from "../../common/notices.js";
import { settings } from "./context.js";
import { forgetReplies } from "./suggest.js";

const PATH = "/api/counselors/canned-replies";

/**
 * @param {HTMLElement} element
 * @returns {Desk.Part}
 */
export function repliesPart(element) {
  const list = h("ul.desk-replies", {});
  const form = replyForm(() => void load());
  element.append(
    h("h2", {}, gettext("Canned replies")),
    h("p.quiet", {}, gettext("While you write to a customer, type / and the shortcut. {customer} and {counselor} become the names.")),
    h("div.desk-replies-columns", {}, list, settings.is_counselor ? form.node : h("p.quiet", {}, gettext("Counselors keep replies of their own."))),
  );

  async function load() {
    if (!settings.is_counselor) return;
    try {
      /** @type {Desk.Reply[]} */
      const replies = await call(PATH);
      list.replaceChildren(...replies.map((reply) => replyRow(reply, { onEdit: (one) => form.edit(one), onDone: () => void load() })));
    } catch (error) {
      showProblem(error);
    }
  }
  return { show: () => void load(), hide() {} };
}

/**
 * @param {Desk.Reply} reply
 * @param {{onEdit: (reply: Desk.Reply) => void, onDone: () => void}} then
 */
function replyRow(reply, { onEdit, onDone }) {
  const category = settings.categories.find((one) => one.id === reply.category_id);
  const remove = async () => {
    const sure = await ask({ title: interpolate(gettext("Delete “%(title)s”?"), reply), text: `/${reply.shortcut}`, confirm: gettext("Delete"), cancel: gettext("Keep"), danger: true });
    if (!sure) return;
    try {
      await call(`${PATH}/${reply.id}`, { method: "DELETE" });
      forgetReplies();
    } catch (error) {
      showProblem(error);
    }
    onDone();
  };
  return h(
    "li.desk-card",
    {},
    h("p.desk-reply-top", {}, h("code", {}, `/${reply.shortcut}`), h("strong", {}, reply.title), category && h("span.badge", {}, category.name), reply.is_mine ? h("span.badge.good", {}, gettext("Mine")) : h("span.badge", {}, gettext("Everybody's"))),
    h("p.desk-reply-text", {}, reply.content),
    reply.is_mine
      ? h("p.desk-card-acts", {}, h("button.button.small", { type: "button", onclick: () => onEdit(reply) }, gettext("Edit")), h("button.button.small.danger", { type: "button", onclick: remove }, gettext("Delete")))
      : null,
  );
}

/** @param {() => void} onDone */
function replyForm(onDone) {
  const fields = {
    shortcut: h("input", { id: "desk-reply-shortcut", required: true, maxlength: "40", pattern: "[-a-zA-Z0-9_]+", autocomplete: "off" }),
    title: h("input", { id: "desk-reply-title", required: true, maxlength: "80", autocomplete: "off" }),
    content: h("textarea", { id: "desk-reply-content", required: true, maxlength: "2000", rows: "5" }),
    category_id: h("select", { id: "desk-reply-category" }, h("option", { value: "" }, gettext("All categories")), settings.categories.map((one) => h("option", { value: String(one.id) }, `${one.domain} · ${one.name}`))),
  };
  /** @type {Record<string, string>} */
  const labels = { shortcut: gettext("Shortcut (letters, digits, - and _)"), title: gettext("Title"), content: gettext("Text of the reply"), category_id: gettext("Only in") };
  const heading = h("h3", {}, gettext("A reply of my own"));
  const problem = h("p.error", { role: "alert" });
  const cancel = h("button.button", { type: "button", hidden: true, onclick: () => edit(null) }, gettext("Cancel"));
  const save = h("button.button.primary", {}, gettext("Save"));
  /** @type {Desk.Reply | null} */
  let edited = null;
  const node = h(
    "form.stack.card",
    { onsubmit: async (event) => {
      event.preventDefault();
      /** @type {Record<string, any>} */
      const body = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value]));
      body.category_id = body.category_id ? Number(body.category_id) : null;
      save.disabled = true;
      try {
        await call(edited ? `${PATH}/${edited.id}` : PATH, { method: edited ? "PATCH" : "POST", body });
        forgetReplies();
        say(gettext("The reply is kept."), { kind: "success" });
        edit(null);
        onDone();
      } catch (error) {
        const { title, detail } = messageOf(error);
        problem.textContent = `${title}. ${detail}`;
      } finally {
        save.disabled = false;
      }
    } },
    heading,
    Object.entries(fields).map(([name, field]) => h("div.field", {}, h("label", { for: field.id }, labels[name]), field)),
    problem,
    h("p.cluster", {}, save, cancel),
  );

  /** @param {Desk.Reply | null} reply */
  function edit(reply) {
    edited = reply;
    for (const [name, field] of Object.entries(fields)) field.value = String(reply?.[/** @type {keyof typeof fields} */ (name)] ?? "");
    heading.textContent = reply ? gettext("Edit the reply") : gettext("A reply of my own");
    cancel.hidden = !reply;
    problem.textContent = "";
    if (reply) fields.shortcut.focus();
  }
  return { node, edit };
}
