/** The drawing on a hall's own page. */

import { gettext } from "../../common/i18n.js";
import { ask } from "./fetching.js";
import { Hall } from "./hall.js";
import { HallDrawing } from "./hall-drawing.js";

const box = /** @type {HTMLElement} */ (document.getElementById("hall-drawing"));
const hall = new Hall(await ask(String(box.dataset.drawing)));
const drawing = new HallDrawing(box, hall, { label: gettext("Seats of the hall") });
drawing.layer("available", Array(hall.size).keys());
drawing.layer("accessible", hall.accessible);
