/**
 * Plays a k6 script with Node.js, where there is no k6: the modules, executors, thresholds and exit codes that the
 * journeys use, as k6's documentation has them, and nothing else of it. `player run [-e NAME=value]… script.js`.
 */
import { registerHooks } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export const THRESHOLDS_CROSSED = 99;
export const SCRIPT_EXCEPTION = 107;
export const WRONG_USAGE = 104;

const MODULES = {
  k6: "k6", "k6/http": "http", "k6/metrics": "metrics", "k6/websockets": "websockets", "k6/execution": "execution",
  "k6/data": "data",
};

function commandLine([command, ...rest]) {
  const env = {};
  while (rest[0] === "-e" || rest[0] === "--env") {
    const [name, ...value] = (rest[1] || "").split("=");
    env[name] = value.join("=");
    rest.splice(0, 2);
  }
  if (command !== "run" || rest.length !== 1) throw new Error("usage: player run [-e NAME=value]… script.js");
  return { env, script: resolve(rest[0]) };
}

/** Let `import … from "k6/…"` find the modules beside this one. */
function provideModules() {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "k6" && !specifier.startsWith("k6/")) return next(specifier, context);
      if (!(specifier in MODULES)) throw new Error(`the player has no module ${specifier}`);
      return next(new URL(`./api/${MODULES[specifier]}.js`, import.meta.url).href, context);
    },
  });
}

async function main() {
  let chosen;
  try {
    chosen = commandLine(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    return WRONG_USAGE;
  }
  globalThis.__ENV = chosen.env;
  globalThis.open = (path) => readFileSync(resolve(dirname(chosen.script), path), "utf8");
  provideModules();
  const { run } = await import("./run.js");
  let result;
  try {
    result = await run(await import(pathToFileURL(chosen.script).href));
  } catch (error) {
    console.error(error.stack || String(error));
    return SCRIPT_EXCEPTION;
  }
  for (const [name, text] of Object.entries(result.files)) {
    if (name === "stdout") process.stdout.write(text);
    else writeFileSync(name, text);
  }
  return result.isEveryThresholdHeld ? 0 : THRESHOLDS_CROSSED;
}

process.exit(await main());
