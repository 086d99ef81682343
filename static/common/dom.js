/** Building and finding elements. Text is always text: nothing here reads markup. */

/**
 * The first element that a selector finds. Which kind it is, and that it is there, the page's template has promised.
 *
 * @type {(selector: string, root?: ParentNode) => any}
 */
export const $ = (selector, root = document) => root.querySelector(selector);

/** @type {(selector: string, root?: ParentNode) => any[]} all elements that a selector finds */
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/**
 * Make an element: h("button.primary", {type: "button", onclick: go}, "Go").
 * A property that the element has is set as a property, another one as an attribute; null, undefined and false leave
 * an attribute out. Children are nodes, texts, arrays of them, or nothing.
 *
 * @template {string} Selector
 * @param {Selector} tagAndClasses
 * @param {Properties | null} properties
 * @param {...any} children
 * @returns {ElementOf<Selector>}
 */
export function h(tagAndClasses, properties = {}, ...children) {
  const [tag, ...classes] = tagAndClasses.split(".");
  const element = /** @type {any} */ (document.createElement(tag || "div"));
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name === "class") element.className = [element.className, value].filter(Boolean).join(" ");
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on") || (name in element && typeof value === "boolean")) element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, children);
}

/**
 * Put children, as h() takes them, in the place of what an element has.
 *
 * @template {Element} Kind
 * @param {Kind} element
 * @param {...any} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

/**
 * Put an icon of an SVG sprite or a path: svg("0 0 24 24", "M4 12h16").
 *
 * @param {string} viewBox
 * @param {...string} paths
 */
export function svg(viewBox, ...paths) {
  const namespace = "http://www.w3.org/2000/svg";
  const element = document.createElementNS(namespace, "svg");
  element.setAttribute("viewBox", viewBox);
  element.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("d", d);
    element.append(path);
  }
  return element;
}

/**
 * The data that a template left with json_script.
 *
 * @param {string} id
 * @returns {any}
 */
export function data(id) {
  return JSON.parse($(`#${CSS.escape(id)}`).textContent);
}
