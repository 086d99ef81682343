/**
 * Makes unfold's and Django's admin usable without a mouse and to a screen reader, where their markup is not:
 * what only a click opens becomes a button, icons lose the names of their pictures, select2 learns its field's label.
 */
(() => {
  const gettext = globalThis.django?.gettext ?? ((/** @type {string} */ text) => text);
  /** @type {Record<string, string>} */
  const ICONS = {
    dock_to_right: gettext("Menu"),
    close: gettext("Close"),
    more_horiz: gettext("More actions"),
    more_vert: gettext("More actions"),
    filter_list: gettext("Filters"),
    expand_more: gettext("Open"),
  };
  const NATIVE = "button, input, select, textarea, summary, label, a[href]";

  /**
   * @param {any} root
   * @param {string} selector
   * @param {(element: any) => void} change
   */
  function eachOf(root, selector, change) {
    if (root.matches?.(selector)) change(root);
    root.querySelectorAll(selector).forEach(change);
  }

  /** @param {Node} root */
  function improve(root) {
    eachOf(root, "[x-on\\:click]", makeButton);
    eachOf(root, ".material-symbols-outlined", hideIcon);
    eachOf(root, ".select2-selection", nameSelection);
    eachOf(root, ".help-tooltip[aria-label]", (tooltip) => tooltip.setAttribute("role", "img"));
  }

  /** @param {HTMLElement} element */
  function makeButton(element) {
    if (element.matches(NATIVE) || element.closest("button, a[href]") || element.querySelector(NATIVE)) return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    const name = ICONS[(element.textContent ?? "").trim()];
    if (name && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", name);
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      element.click();
    });
  }

  /** @param {HTMLElement} icon */
  function hideIcon(icon) {
    const text = (icon.textContent ?? "").trim();
    if (icon.getAttribute("role") !== "button") icon.setAttribute("aria-hidden", "true");
    const control = /** @type {HTMLElement | null} */ (icon.closest("a, button"));
    if (control && (control.textContent ?? "").trim() === text && !control.title && !control.hasAttribute("aria-label")) {
      control.setAttribute("aria-label", ICONS[text] ?? text.replaceAll("_", " "));
    }
  }

  /** @param {HTMLElement} selection */
  function nameSelection(selection) {
    /** @type {any} */
    const select = selection.closest(".select2-container")?.previousElementSibling;
    const label = select?.labels?.[0]?.textContent.trim() || select?.getAttribute("aria-label");
    if (label) selection.setAttribute("aria-label", label);
    selection.removeAttribute("aria-labelledby");
    const shown = selection.querySelector("[role=textbox]");
    shown?.removeAttribute("role");
    shown?.removeAttribute("aria-readonly");
  }

  addEventListener("load", () => {
    improve(document.body);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) improve(node);
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
