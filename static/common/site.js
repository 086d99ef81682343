/** What every page does: times in the viewer's zone, the end of a log-in, the network's going and coming. */

import { ask } from "./dialog.js";
import { gettext } from "./i18n.js";
import { say } from "./notices.js";
import { endedText } from "./problems.js";
import { localise } from "./times.js";

localise();

let asking = false;
document.addEventListener("login-ended", async ({ detail: { reason } }) => {
  if (asking) return;
  asking = true;
  const logIn = document.documentElement.dataset.logIn || "/accounts/log-in/";
  if (await ask({ title: gettext("You are logged out"), text: endedText(reason), confirm: gettext("Log in again"), cancel: gettext("Stay here") })) {
    location.assign(`${logIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  asking = false;
});

/** @type {(() => void) | null} */
let offline = null;
addEventListener("offline", () => {
  offline = say(gettext("You are offline. Nothing is lost; we go on as soon as the network is back."), { kind: "warning", seconds: 0, id: "offline" });
});
addEventListener("online", () => {
  offline?.();
  offline = null;
});
