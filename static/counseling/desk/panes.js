// Conversations side by side: as many columns as fit, or as are wanted.
import { h } from "../../common/dom.js";
import { gettext, interpolate } from "../../common/i18n.js";
import { settings, store, talks } from "./context.js";
import { arrange, columnsFor, MOST } from "./columns.js";
import { Pane } from "./pane.js";

const KEY = `desk:${settings.user.id}:columns`;

function wantedColumns() {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

export function conversationPanes(element) {
  const row = h("div.desk-columns", {});
  const nothing = h("p.desk-nothing.quiet", {}, gettext("Conversations that you open stand here, side by side."));
  const choice = h(
    "select.desk-column-choice",
    { "aria-label": gettext("Conversations side by side"), onchange: () => {
      try {
        localStorage.setItem(KEY, choice.value);
      } catch {
        // Nothing is kept: the choice is this page's.
      }
      wanted = Number(choice.value);
      render();
    } },
    h("option", { value: "0" }, gettext("Side by side: as many as fit")),
    Array.from({ length: MOST }, (_, at) => h("option", { value: String(at + 1) }, interpolate(gettext("Side by side: %(count)s"), { count: at + 1 }))),
  );
  element.append(h("div.desk-tools", {}, choice), row, nothing);
  let wanted = wantedColumns();
  choice.value = String(wanted);
  let shown = [];
  let recent = [];
  const panes = new Map();

  const render = () => {
    const ids = store.items.map((item) => item.id);
    if (store.focus !== null && recent[0] !== store.focus) recent = [store.focus, ...recent.filter((id) => id !== store.focus)];
    shown = arrange(shown, ids, store.focus, columnsFor(row.clientWidth, wanted), recent);
    nothing.hidden = shown.length > 0 || !store.isLoaded;
    for (const [id, pane] of panes) {
      if (shown.includes(id) && talks.get(id) === pane.opened && store.item(id).part === pane.part) continue;
      pane.destroy();
      panes.delete(id);
    }
    shown.forEach((id, at) => {
      if (!talks.get(id)) return;
      if (!panes.has(id)) panes.set(id, new Pane(store.item(id), talks.get(id)));
      const { node } = panes.get(id);
      if (row.children[at] !== node) row.insertBefore(node, row.children[at] ?? null);
    });
    for (const [id, pane] of panes) pane.update(store.item(id), { isFocused: store.focus === id, isAlone: shown.length === 1 });
  };
  store.onChange(render);
  new ResizeObserver(render).observe(row);
  return {
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
