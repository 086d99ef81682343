import { builtIn } from "../registry.js";

const Native = globalThis.WebSocket;

/** Node's own WebSocket, its frames counted. */
export class WebSocket extends Native {
  constructor(url, protocols = []) {
    super(url, protocols);
    this.binaryType = "arraybuffer";
    builtIn.sessions.add(1);
    this.addEventListener("message", () => builtIn.messagesReceived.add(1));
  }

  send(data) {
    builtIn.messagesSent.add(1);
    super.send(data);
  }
}
