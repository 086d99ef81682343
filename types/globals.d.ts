// What the pages' modules find around them: the catalogue of texts, libraries that are no modules, own events.

interface Catalogue {
  gettext(text: string): string;
  ngettext(one: string, many: string, count: number): string;
  pgettext(context: string, text: string): string;
}

// By Django's JavaScriptCatalog: as globals, and in `django`, whose place the admin's jQuery takes.
declare var django: Partial<Catalogue> | undefined;
declare var gettext: Catalogue["gettext"] | undefined;
declare var ngettext: Catalogue["ngettext"] | undefined;
declare var pgettext: Catalogue["pgettext"] | undefined;

declare var StompJs: typeof import("@stomp/stompjs"); // by vendor/stompjs/stomp.umd.min.js
declare var Chart: any; // by unfold, which brings no types

declare module "*/vendor/stompjs/stomp.umd.min.js" {}
declare module "*/vendor/toss/index.esm.js" {
  export { ANONYMOUS, loadTossPayments } from "@tosspayments/tosspayments-sdk";
}

interface DocumentEventMap {
  "login-ended": CustomEvent<{ reason: string }>;
}

/** The element that h("button.primary") makes. */
type ElementOf<Selector extends string> = Selector extends `${infer Tag}.${string}`
  ? ElementOf<Tag>
  : Selector extends keyof HTMLElementTagNameMap
    ? HTMLElementTagNameMap[Selector]
    : HTMLElement;

type Handlers = {
  [Name in keyof HTMLElementEventMap as `on${Name}`]?: (event: HTMLElementEventMap[Name]) => void;
};

/** What h() sets: listeners, properties and attributes. */
interface Properties extends Handlers {
  [name: string]: any;
}
