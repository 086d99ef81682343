/** The button that a browser without scripts has in its menu. */

import { $ } from "../common/dom.js";

const button = $("#print");
button.hidden = false;
button.addEventListener("click", () => print());
