// Conversations side by side: as many columns as fit, or as are wanted.
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { columnChoice } from "./choices.js";
import { store, talks } from "./context.js";
import { arrange, columnsFor, MOST } from "./columns.js";
import { Pane } from "./pane.js";

/** @param {HTMLElement} element */
export function conversationPanes(element) {
  const row = h("div.desk-columns", {});
  const nothing = h("p.desk-nothing.quiet", {}, gettext("Conversations that you open stand here, side by side."));
  const choice = h(
    "select.desk-column-choice",
    { "aria-label": gettext("Conversations side by side"), onchange: () => {
      columnChoice.value = choice.value;
      wanted = Number(choice.value);
      render();
    } },
    h("option", { value: "0" }, gettext("Side by side: as many as fit")),
    Array.from({ length: MOST }, (_, at) => h("option", { value: String(at + 1) }, interpolate(gettext("Side by side: %(count)s"), { count: at + 1 }))),
  );
  element.append(h("div.desk-tools", {}, choice), row, nothing);
  let wanted = Number(columnChoice.value) || 0;
  choice.value = String(wanted);
  /** @type {number[]} */
  let shown = [];
  /** @type {number[]} */
  let recent = [];
  /** @type {Map<number | null, Pane>} by conversation */
  const panes = new Map();

  const render = () => {
    const ids = store.items.map((item) => item.id);
    if (store.focus !== null && recent[0] !== store.focus) recent = [store.focus, ...recent.filter((id) => id !== store.focus)];
    shown = arrange(shown, ids, store.focus, columnsFor(row.clientWidth, wanted), recent);
    nothing.hidden = shown.length > 0 || !store.isLoaded;
    for (const [id, pane] of panes) {
      if (shown.includes(pane.id) && talks.get(pane.id) === pane.opened && store.item(id)?.part === pane.part) continue;
      pane.destroy();
      panes.delete(id);
    }
    shown.forEach((id, at) => {
      const [item, opened] = [store.item(id), talks.get(id)];
      if (!item || !opened) return;
      const pane = panes.get(id) ?? new Pane(item, opened);
      panes.set(id, pane);
      if (row.children[at] !== pane.node) row.insertBefore(pane.node, row.children[at] ?? null);
      pane.update(item, { isFocused: store.focus === id, isAlone: shown.length === 1 });
    });
  };
  store.onChange(render);
  new ResizeObserver(render).observe(row);
  return {
    /** @param {number | null} id */
    focusOn(id) {
      document.body.classList.add("shows-talk"); // where list and conversation take turns
      store.setFocus(id);
      panes.get(id)?.focus();
    },
    get current() {
      return panes.get(store.focus) ?? null;
    },
  };
}
