// What is said of a payment for a show that was called off meanwhile.
import { gettext } from "../common/i18n.js";
import { describe } from "../common/problems.js";

describe("performance_called_off", () => ({
  title: gettext("The show is called off"),
  detail: gettext("It does not take place. Nothing more is charged, and what was paid comes back in full."),
  actions: [{ label: gettext("My orders"), href: "/my/orders/" }],
}));
