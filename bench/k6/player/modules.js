/** Lets `import … from "k6/…"` find the modules beside this one, which have what the journeys use of each. */
import { registerHooks } from "node:module";

const MODULES = {
  k6: "k6", "k6/http": "http", "k6/metrics": "metrics", "k6/websockets": "websockets", "k6/execution": "execution",
  "k6/data": "data",
};

export function provideModules() {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "k6" && !specifier.startsWith("k6/")) return next(specifier, context);
      if (!(specifier in MODULES)) throw new Error(`the player has no module ${specifier}`);
      return next(new URL(`./api/${MODULES[specifier]}.js`, import.meta.url).href, context);
    },
  });
}
