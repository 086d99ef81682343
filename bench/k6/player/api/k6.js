import { builtIn } from "../registry.js";

/** Note for each named function whether it is true of `value`; returns whether all are. */
export function check(value, sets, tags = {}) {
  return Object.entries(sets).map(([name, isTrue]) => {
    const holds = Boolean(typeof isTrue === "function" ? isTrue(value) : isTrue);
    builtIn.checks.add(holds ? 1 : 0, { ...tags, check: name });
    if (!holds) console.warn(`check: not so: ${name}`);
    return holds;
  }).every(Boolean);
}
