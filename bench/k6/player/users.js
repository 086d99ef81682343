/** The virtual user that a line of code runs for: all of them share this process, each has its own connections. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

const current = new AsyncLocalStorage();

/** Numbers users from 1, over all scenarios. */
export class Users {
  static made = 0;

  /** A user with connections of its own, kept alive from one call and iteration to the next. */
  static make(scenario) {
    Users.made += 1;
    return {
      idInTest: Users.made, scenario, iterationInInstance: -1, iterationInTest: -1,
      agents: { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) },
    };
  }

  static release(user) {
    Object.values(user.agents).forEach((agent) => agent.destroy());
  }
}

export function withUser(user, work) {
  return current.run(user, work);
}

export function user() {
  const found = current.getStore();
  if (!found) throw new Error("there is no virtual user here: the code runs while the script is loaded");
  return found;
}
