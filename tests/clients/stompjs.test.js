// @stomp/stompjs over a WebSocket, as an app or a page has it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, fresh, listen, makeClient, overWebSocket, receipted, within } from "./platform.js";

for (const path of ["/ws", "/ws/connect/websocket"]) {
  test(`connects at ${path} with the newest version`, async (t) => {
    const client = await connected(t, overWebSocket(path));
    assert.equal(client.connectedVersion, "1.2");
  });
}

test("a log-in that is wrong is told in an ERROR, and the connection closes", async (t) => {
  const client = makeClient(overWebSocket(), { connectHeaders: { Authorization: "Bearer nonsense" } });
  t.after(() => client.deactivate({ force: true }));
  const closed = within("close", (resolve) => (client.onWebSocketClose = resolve));
  const frame = await within("ERROR", (resolve) => {
    client.onStompError = resolve;
    client.activate();
  });
  assert.ok(frame.headers.code);
  assert.ok(frame.headers.message);
  await closed;
});

test("a receipt is answered for every frame that asks", async (t) => {
  const client = await connected(t);
  const inbox = await listen(client, fresh("topic"));
  await receipted(client, (headers) => client.publish({ destination: fresh("topic"), body: "x", headers }));
  await receipted(client, (headers) => inbox.subscription.unsubscribe(headers));
  await within("RECEIPT of DISCONNECT", (resolve) => {
    client.onDisconnect = resolve;
    client.deactivate();
  });
});

test("heart-beats of a second go both ways, and keep the connection", async (t) => {
  const seen = { sent: 0, heard: 0 };
  let client;
  const four = within("heart-beats", (resolve) => {
    client = makeClient(overWebSocket(), {
      heartbeatIncoming: 1000,
      heartbeatOutgoing: 1000,
      reconnectDelay: 50, // a busy machine may miss a beat; then the next connection is to have them all
      beforeConnect: () => {
        seen.sent = seen.heard = 0;
      },
      debug: (line) => {
        if (line === ">>> PING") seen.sent += 1;
        if (line === "<<< PONG") seen.heard += 1;
        if (seen.sent >= 2 && seen.heard >= 2) resolve();
      },
    });
  });
  t.after(() => client.deactivate({ force: true }));
  client.activate();
  await four;
});

test("a client that goes silent although it promised heart-beats is closed", async (t) => {
  const client = await connected(t, overWebSocket(), { heartbeatOutgoing: 1000 });
  const closed = within("close", (resolve) => (client.onWebSocketClose = resolve));
  client.webSocket.send = () => {}; // from here on nothing reaches the server
  await closed;
});

test("what a transaction sends is heard when it commits, and never when it aborts", async (t) => {
  const client = await connected(t);
  const destination = fresh("topic");
  const inbox = await listen(client, destination);
  const publish = (transaction, body) =>
    receipted(client, (receipt) => client.publish({ destination, body, headers: { transaction, ...receipt } }));

  const given_up = client.begin();
  client.publish({ destination, body: "never", headers: { transaction: given_up.id } });
  given_up.abort();
  const kept = client.begin();
  client.publish({ destination, body: "one", headers: { transaction: kept.id } });
  client.publish({ destination, body: "two", headers: { transaction: kept.id } });
  await receipted(client, (headers) => client.publish({ destination: fresh("topic"), body: "", headers }));
  assert.ok(inbox.isEmpty);
  kept.commit();

  assert.equal((await inbox.next()).body, "one");
  assert.equal((await inbox.next()).body, "two");
});

test("a message that is refused is back in its queue, and one that is acknowledged is not", async (t) => {
  const client = await connected(t);
  const destination = fresh("queue");
  const first = await listen(client, destination, { ack: "client-individual" });
  client.publish({ destination, body: "work" });
  const refused = await first.next();
  await receipted(client, (headers) => refused.nack(headers));

  const again = await first.next();
  assert.equal(again.body, "work");
  await receipted(client, (headers) => again.ack(headers));
  assert.ok(first.isEmpty);
});

test("what a consumer acknowledged stays done, and what it did not comes again when it leaves", async (t) => {
  const leaving = await connected(t);
  const staying = await connected(t);
  for (const [ack, acknowledged, comesAgain] of [
    ["client", 1, ["c"]],
    ["client-individual", 1, ["a", "c"]],
  ]) {
    const destination = fresh("queue");
    const inbox = await listen(leaving, destination, { ack });
    for (const body of ["a", "b", "c"]) leaving.publish({ destination, body });
    const messages = [await inbox.next(), await inbox.next(), await inbox.next()];
    await receipted(leaving, (headers) => messages[acknowledged].ack(headers));
    await receipted(leaving, (headers) => inbox.subscription.unsubscribe(headers));

    const rest = await listen(staying, destination);
    for (const body of comesAgain) assert.equal((await rest.next()).body, body);
    assert.ok(rest.isEmpty);
  }
});

test("a connection that breaks gives its messages back", async (t) => {
  const breaking = await connected(t);
  const destination = fresh("queue");
  const inbox = await listen(breaking, destination, { ack: "client" });
  breaking.publish({ destination, body: "work" });
  await inbox.next();
  breaking.webSocket.terminate();

  const other = await connected(t);
  const rest = await listen(other, destination);
  assert.equal((await rest.next()).body, "work");
});

test("nothing is heard after UNSUBSCRIBE, while the other subscription goes on", async (t) => {
  const client = await connected(t);
  const destination = fresh("topic");
  const [leaving, staying] = [await listen(client, destination), await listen(client, destination)];
  await receipted(client, (headers) => leaving.subscription.unsubscribe(headers));
  client.publish({ destination, body: "for one" });

  assert.equal((await staying.next()).body, "for one");
  assert.ok(leaving.isEmpty);
});

test("bodies of octets arrive octet for octet", async (t) => {
  const client = await connected(t);
  const destination = fresh("topic");
  const inbox = await listen(client, destination);
  const octets = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
  client.publish({ destination, binaryBody: octets });

  assert.deepEqual(new Uint8Array((await inbox.next()).binaryBody), octets);
});

test("headers and bodies keep every character", async (t) => {
  const client = await connected(t);
  const destination = fresh("topic");
  const inbox = await listen(client, destination);
  const value = "회차: a\\b\r\nc\t🎫"; // stompjs itself trims what it receives
  client.publish({ destination, headers: { special: value }, body: "🎫 회차\u0000\n" });

  const message = await inbox.next();
  assert.equal(message.headers.special, value);
  assert.equal(message.body, "🎫 회차\u0000\n");
});

for (const [how, options] of [
  ["in one message", {}],
  ["in pieces", { splitLargeFrames: true }],
  ["in binary messages", { forceBinaryWSFrames: true }],
]) {
  test(`a mebibyte arrives whole ${how}`, async (t) => {
    const client = await connected(t, overWebSocket(), options);
    const destination = fresh("topic");
    const inbox = await listen(client, destination);
    const body = "0123456789abcdef".repeat(65_536);
    client.publish({ destination, body });

    assert.ok((await inbox.next()).body === body);
  });
}

test("a client whose connection breaks comes back and listens anew", async (t) => {
  const client = await connected(t, overWebSocket(), { reconnectDelay: 50 });
  const destination = fresh("topic");
  const back = within("CONNECTED", (resolve) => (client.onConnect = resolve));
  client.webSocket.terminate();
  await back;

  const inbox = await listen(client, destination);
  client.publish({ destination, body: "again" });
  assert.equal((await inbox.next()).body, "again");
});
