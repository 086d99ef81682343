/**
 * Plays a k6 script with Node.js, where there is no k6: the modules, executors, thresholds and exit codes that the
 * journeys use, as k6's documentation has them, and nothing else of it. `player run [-e NAME=value]… script.js`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { provideModules } from "./modules.js";

const THRESHOLDS_CROSSED = 99;
const SCRIPT_EXCEPTION = 107;
const WRONG_USAGE = 104;

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
