import { registry } from "../registry.js";

class Metric {
  constructor(name, type, isTime) {
    this.name = name;
    registry.metric(name, type, isTime);
  }

  add(value, tags) {
    registry.add(this.name, value, tags);
  }
}

export class Counter extends Metric {
  constructor(name) {
    super(name, "counter");
  }
}

export class Trend extends Metric {
  constructor(name, isTime = false) {
    super(name, "trend", isTime);
  }
}
