// What static/common/live-client.js speaks of; apart from it, so that pages do not load their types.

declare namespace Live {
  type State = "idle" | "connecting" | "connected" | "lost" | "ended";
  type Headers = Record<string, string>;
  type Frame = { body: string; headers: Headers };
  type Handle = { unsubscribe: (headers?: Headers) => void };

  interface Handlers {
    connectHeaders: Headers;
    onConnect: () => void;
    onStompError: (frame: Frame) => void;
    onWebSocketClose: () => void;
  }

  /** One connection, as the client of stompjs has it. */
  interface StompClient {
    activate: () => void;
    deactivate: (options: { force: boolean }) => unknown;
    subscribe: (destination: string, heard: (message: Frame) => void, headers?: Headers) => Handle;
    publish: (message: { destination: string; body: string; headers?: Headers }) => void;
    watchForReceipt: (receipt: string, done: () => void) => void;
  }

  interface Outside {
    makeClient: (handlers: Handlers) => StompClient;
    /** Rejects with what `isEnd` knows when the log-in has ended. */
    accessToken: (options: { renew: boolean }) => Promise<string>;
    /** What a send is rejected with when it is not known whether it arrived. */
    lost: () => Error;
    /** What a send is rejected with when it was refused. */
    problem: (document: Api.ProblemDocument) => Error;
    /** Whether nothing can be done with this log-in any more. */
    isEnd: (error: unknown) => boolean;
    /** A listener that threw, which is nobody else's loss. */
    report: (error: unknown) => void;
    now: () => number;
    setTimeout: (fn: () => void, ms: number) => any;
    clearTimeout: (id: any) => void;
    random: () => number;
  }

  interface Subscription {
    destination: string;
    heard: (body: any, headers: Headers) => void;
    headers: () => Headers;
    refused: (problem: Error) => void;
    handle: Handle | null;
    receipt: string | null;
  }

  type Promised = { resolve: () => void; reject: (error: Error) => void };
  type Message = Promised & { destination: string; body: string; receipt: boolean };
}
