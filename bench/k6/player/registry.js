/** The metrics of a run. A sample with tags also counts for each threshold's own selection of them. */
import { percentile } from "./percentiles.js";

/** All values of one kind, and what a threshold or the summary may ask of them. */
class Sink {
  constructor(type, isTime) {
    this.type = type;
    this.isTime = isTime;
    this.values = [];
    this.sum = 0;
    this.truths = 0;
    this.count = 0;
  }

  add(value) {
    const number = Number(value);
    if (Number.isNaN(number)) throw new Error(`no number: ${value}`);
    this.count += 1;
    this.sum += number;
    if (number !== 0) this.truths += 1;
    if (this.type === "trend") this.values.push(number);
  }

  /** One aggregate by the name that k6 has for it. */
  get(name, seconds) {
    if (this.type === "counter") return { count: this.sum, rate: this.sum / seconds }[name];
    if (this.type === "rate") return { rate: this.count ? this.truths / this.count : 0 }[name];
    if (name === "count") return this.count;
    if (!this.count) return 0;
    if (name === "avg") return this.sum / this.count;
    const share = { min: 0, med: 50, max: 100 }[name] ?? Number(/^p\((.+)\)$/.exec(name)?.[1]);
    return percentile(this.sorted(), share);
  }

  sorted() {
    if (this.isSorted !== this.count) this.values.sort((one, other) => one - other);
    this.isSorted = this.count;
    return this.values;
  }
}

class Registry {
  constructor() {
    this.sinks = new Map();
    this.selections = new Map();
    this.began = performance.now();
  }

  metric(name, type, isTime = false) {
    const known = this.sinks.get(name);
    if (known && known.type !== type) throw new Error(`the metric ${name} is a ${known.type}, not a ${type}`);
    if (!known) this.sinks.set(name, new Sink(type, isTime));
    return this.sinks.get(name);
  }

  add(name, value, tags = {}) {
    this.sinks.get(name).add(value);
    for (const { sink, wanted } of this.selections.get(name) ?? []) {
      if (Object.entries(wanted).every(([tag, text]) => String(tags[tag]) === text)) sink.add(value);
    }
  }

  /** The sink that a threshold is about: `name`, or `name{tag:value}`, from when it is asked for. */
  select(key) {
    const [, name, selector] = /^([^{]+)(?:\{(.*)\})?$/.exec(key);
    const whole = this.sinks.get(name);
    if (!whole) throw new Error(`a threshold is about ${name}, and there is no such metric`);
    if (selector === undefined) return whole;
    const all = this.selections.get(name) ?? [];
    const known = all.find((one) => one.key === key);
    if (known) return known.sink;
    const wanted = Object.fromEntries(selector.split(",").map((part) => part.split(":").map((one) => one.trim())));
    const sink = new Sink(whole.type, whole.isTime);
    this.selections.set(name, [...all, { key, sink, wanted }]);
    return sink;
  }

  get seconds() {
    return (performance.now() - this.began) / 1000;
  }

  /** As `handleSummary` gets it. */
  summary(verdicts, trendStats = ["avg", "min", "med", "max", "p(90)", "p(95)"]) {
    const all = [...this.sinks, ...[...this.selections.values()].flat().map(({ key, sink }) => [key, sink])];
    return Object.fromEntries(all.filter(([name, sink]) => sink.count || name in verdicts).map(([name, sink]) => {
      const stats = { trend: trendStats, counter: ["count", "rate"], rate: ["rate"] }[sink.type];
      const values = Object.fromEntries(stats.map((stat) => [stat, sink.get(stat, this.seconds)]));
      if (sink.type === "rate") Object.assign(values, { passes: sink.truths, fails: sink.count - sink.truths });
      const about = { type: sink.type, contains: sink.isTime ? "time" : "default", values };
      return [name, name in verdicts ? { ...about, thresholds: verdicts[name] } : about];
    }));
  }
}

export const registry = new Registry();

/** A metric of k6's own. */
function ofItsOwn(name, type, isTime) {
  registry.metric(name, type, isTime);
  return { add: (value, tags) => registry.add(name, value, tags) };
}

export const builtIn = {
  requests: ofItsOwn("http_reqs", "counter"),
  duration: ofItsOwn("http_req_duration", "trend", true),
  failed: ofItsOwn("http_req_failed", "rate"),
  iterations: ofItsOwn("iterations", "counter"),
  iterationDuration: ofItsOwn("iteration_duration", "trend", true),
  dropped: ofItsOwn("dropped_iterations", "counter"),
  interrupted: ofItsOwn("interrupted_scenarios", "counter"),
  checks: ofItsOwn("checks", "rate"),
  sessions: ofItsOwn("ws_sessions", "counter"),
  messagesReceived: ofItsOwn("ws_msgs_received", "counter"),
  messagesSent: ofItsOwn("ws_msgs_sent", "counter"),
};
