// What the k6 journeys hear over STOMP, and how they notice that something is missing from it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { provideModules } from "../../bench/k6/player/modules.js";
import { registry } from "../../bench/k6/player/registry.js";

globalThis.__ENV = {};
provideModules();
const { Queue, decode, encode } = await import("../../bench/k6/lib/stomp.js");
const { Side } = await import("../../bench/k6/lib/talking.js");

test("a frame that is written is read as it was, colons and line ends in its headers too", () => {
  const [frame] = decode(encode("SEND", { destination: "/pub/x", odd: "a:b\nc\\d" }, '{"said": "one:\\ntwo"}'));
  assert.deepEqual(frame, {
    command: "SEND", headers: { destination: "/pub/x", odd: "a:b\nc\\d" }, body: '{"said": "one:\\ntwo"}',
  });
});

test("several frames of one text message are read in order, heart-beats between them passed over", () => {
  const text = `\n${encode("RECEIPT", { "receipt-id": "r1" })}\n\n${encode("MESSAGE", { subscription: "2" }, "{}")}\n`;
  assert.deepEqual(decode(text).map(({ command }) => command), ["RECEIPT", "MESSAGE"]);
  assert.deepEqual(decode("\n"), []);
});

test("the first of several headers of one name counts, and CONNECT is not escaped", () => {
  assert.equal(decode("MESSAGE\nname:one\nname:two\n\n\0")[0].headers.name, "one");
  assert.match(encode("CONNECT", { Authorization: "Bearer a:b" }), /Bearer a:b\n/);
});

test("a queue hands over what came in its order, and nothing once the connection has ended", async () => {
  const queue = new Queue();
  const early = queue.take();
  queue.put("one");
  queue.put("two");
  assert.deepEqual([await early, await queue.take()], ["one", "two"]);
  const late = queue.take();
  queue.close();
  assert.deepEqual([await late, await queue.take()], [null, null]);
});

for (const [what, heard, broken] of [
  ["whole", [1, 2, 3], 0], ["with a gap", [1, 3], 1], ["with a repetition", [1, 2, 2, 3], 1],
  ["without its beginning", [2, 3], 1], ["out of order", [2, 1], 2],
]) {
  test(`a log that is heard ${what} counts as broken ${broken} times`, async () => {
    const log = new Queue();
    const side = new Side(3, log);
    heard.forEach((seq) => log.put({ type: "MESSAGE", seq }));
    log.put({ type: "TYPING" });
    log.close();
    const before = registry.metric("messages_broken", "counter").get("count");
    while (await side.next());
    assert.equal(registry.metric("messages_broken", "counter").get("count") - before, broken);
  });
}
