/** The show is being moved: look again, until the page shows its new date or goes on. */

const LOOK_MS = 5_000;

setInterval(() => document.visibilityState === "visible" && location.reload(), LOOK_MS);
