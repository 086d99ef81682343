/** Thresholds: `p(95)<200`, `count==0`, `rate>0.9`. */
const EXPRESSION = /^\s*(count|rate|avg|min|med|max|p\(\s*\d+(?:\.\d+)?\s*\))\s*(<=|>=|===|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/;
const COMPARE = {
  "<": (one, other) => one < other,
  ">": (one, other) => one > other,
  "<=": (one, other) => one <= other,
  ">=": (one, other) => one >= other,
  "==": (one, other) => one === other,
  "===": (one, other) => one === other,
  "!=": (one, other) => one !== other,
};

/** What an expression asks: { aggregate, compare, limit }. Throws where it is none. */
export function parse(expression) {
  const found = EXPRESSION.exec(expression);
  if (!found) throw new Error(`no threshold: ${expression}`);
  return { aggregate: found[1].replaceAll(" ", ""), compare: COMPARE[found[2]], limit: Number(found[3]) };
}

/** Make the selections that thresholds are about, before the first sample; a threshold about nothing throws. */
export function prepare(thresholds, registry) {
  for (const [name, expressions] of Object.entries(thresholds)) {
    expressions.forEach(parse);
    registry.select(name);
  }
}

/** { metric: { expression: { ok } } }. */
export function judge(thresholds, registry) {
  return Object.fromEntries(Object.entries(thresholds).map(([name, expressions]) => {
    const sink = registry.select(name);
    return [name, Object.fromEntries(expressions.map((expression) => {
      const { aggregate, compare, limit } = parse(expression);
      const value = sink.get(aggregate, registry.seconds);
      if (value === undefined) throw new Error(`a ${sink.type} has no ${aggregate}: ${name} ${expression}`);
      return [expression, { ok: compare(value, limit) }];
    }))];
  }));
}
