/** When which virtual user plays: the executors that the journeys name. */
import { builtIn } from "./registry.js";
import { Users } from "./users.js";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds in `90s`, `1m30s`, `500ms`. */
export function milliseconds(text) {
  const parts = [...String(text).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== String(text) || !parts.length) throw new Error(`no duration: ${text}`);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0);
}

const EXECUTORS = {
  /** Each of `vus` users plays `iterations` times, until `maxDuration`. */
  async "per-vu-iterations"(stage, { vus = 1, iterations = 1, maxDuration = "10m" }) {
    const end = performance.now() + milliseconds(maxDuration);
    await stage.all(vus, async (user) => {
      for (let left = iterations; left > 0 && performance.now() < end; left -= 1) await stage.iterate(user);
    }, end);
  },

  /** Each of `vus` users plays again and again for `duration`. */
  async "constant-vus"(stage, { vus = 1, duration, gracefulStop = "30s" }) {
    const end = performance.now() + milliseconds(duration);
    await stage.all(vus, async (user) => {
      while (performance.now() < end) await stage.iterate(user);
    }, end + milliseconds(gracefulStop));
  },

  /** `rate` iterations begin in each `timeUnit`, whether or not those before have ended; without a free user, none. */
  async "constant-arrival-rate"(stage, options) {
    const { rate, timeUnit = "1s", duration, preAllocatedVUs, maxVUs = preAllocatedVUs, gracefulStop = "30s" } = options;
    const [began, pause] = [performance.now(), milliseconds(timeUnit) / rate];
    const end = began + milliseconds(duration);
    const free = Array.from({ length: preAllocatedVUs }, () => Users.make(stage.name));
    const playing = [];
    let users = preAllocatedVUs;
    for (let number = 0; began + number * pause < end; number += 1) {
      const early = began + number * pause - performance.now();
      if (early > 0) await sleep(early);
      const user = free.pop() || (users < maxVUs && (users += 1) && Users.make(stage.name));
      builtIn.dropped.add(user ? 0 : 1);
      if (user) playing.push(stage.iterate(user).then(() => free.push(user)));
    }
    await stage.until(Promise.all(playing), end + milliseconds(gracefulStop));
    free.forEach((user) => Users.release(user));
  },
};

/** Play one scenario to its end. */
export async function start(name, options, perform) {
  const executor = EXECUTORS[options.executor];
  if (!executor) throw new Error(`the player has no executor ${options.executor}`);
  if (options.startTime) await sleep(milliseconds(options.startTime));
  await executor(new Stage(name, options.exec, perform), options);
}

class Stage {
  constructor(name, exec, perform) {
    this.name = name;
    this.exec = exec;
    this.perform = perform;
    this.iterations = 0;
  }

  /** Let `vus` users do `work`; whoever has not ended by `end` is not waited for. */
  async all(vus, work, end) {
    const users = Array.from({ length: vus }, () => Users.make(this.name));
    await this.until(Promise.all(users.map(work)), end);
    users.forEach((user) => Users.release(user));
  }

  async until(all, end) {
    const timer = {};
    const late = new Promise((resolve) => {
      timer.id = setTimeout(() => resolve("late"), Math.max(0, end - performance.now()));
    });
    if ((await Promise.race([all, late])) === "late") builtIn.interrupted.add(1);
    clearTimeout(timer.id);
  }

  /** One iteration. What it throws is told, as k6 does, and ends nothing else. */
  async iterate(user) {
    user.iterationInInstance += 1;
    user.iterationInTest = this.iterations;
    this.iterations += 1;
    const since = performance.now();
    try {
      await this.perform({ ...user, agents: user.agents }, this.exec);
    } catch (error) {
      console.error(error.stack || String(error));
    }
    builtIn.iterations.add(1);
    builtIn.iterationDuration.add(performance.now() - since);
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
