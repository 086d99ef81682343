// sockjs-client under @stomp/stompjs, each of its transports forced.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, fresh, listen, makeClient, overSockJS, receipted, within } from "./platform.js";

for (const transport of ["websocket", "xhr-streaming", "xhr-polling", "eventsource"]) {
  test(`${transport} carries a conversation in order`, async (t) => {
    const client = await connected(t, overSockJS(transport));
    assert.equal(client.webSocket.transport, transport);
    const destination = fresh("topic");
    const inbox = await listen(client, destination);
    const bodies = Array.from({ length: 30 }, (_, index) => `${index} 회차 "\\\n🎫`);
    for (const body of bodies) client.publish({ destination, body });

    for (const body of bodies) assert.equal((await inbox.next()).body, body);
    await receipted(client, (headers) => inbox.subscription.unsubscribe(headers));
  });

  test(`${transport} tells that a log-in was wrong, and closes`, async (t) => {
    const client = makeClient(overSockJS(transport), { connectHeaders: { Authorization: "Bearer nonsense" } });
    t.after(() => client.deactivate({ force: true }));
    const closed = within("close", (resolve) => (client.onWebSocketClose = resolve));
    const frame = await within("ERROR", (resolve) => {
      client.onStompError = resolve;
      client.activate();
    });
    assert.ok(frame.headers.code);
    await closed;
  });

  test(`${transport} says good-bye when the client does`, async (t) => {
    const client = await connected(t, overSockJS(transport));
    await within("RECEIPT of DISCONNECT", (resolve) => {
      client.onDisconnect = resolve;
      client.deactivate();
    });
  });
}

for (const transport of ["xhr-streaming", "eventsource"]) {
  test(`${transport} goes on when a response has grown long enough`, async (t) => {
    const client = await connected(t, overSockJS(transport));
    const destination = fresh("topic");
    const inbox = await listen(client, destination);
    const body = "x".repeat(50_000); // four of them are more than one response carries
    for (const number of [1, 2, 3, 4, 5]) {
      await receipted(client, (headers) => client.publish({ destination, body, headers: { number, ...headers } }));
      assert.equal((await inbox.next()).headers.number, String(number));
    }
  });
}
