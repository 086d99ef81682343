// What calls to the platform and their refusals are made of; apart from the modules, so that pages do not load types.

declare namespace Api {
  /** As RFC 9457 has it, with what the platform adds. */
  interface ProblemDocument {
    code?: string;
    title?: string;
    detail?: string;
    status?: number;
    /** Seconds. */
    retry_after?: number;
    /** Which budget is used up. */
    budget?: string;
  }

  interface CallOptions {
    method?: string;
    /** A value sent as JSON, or FormData. */
    body?: any;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    /** Send no token. */
    anonymous?: boolean;
    idempotencyKey?: string;
    /** Resolve to the Response. */
    raw?: boolean;
  }
}

declare namespace Notices {
  /** A link, or a button. */
  interface Action {
    label: string;
    href?: string;
    onClick?: () => void;
  }

  type Description = (error: any) => { title: string; detail: string; actions?: Action[] };

  /** What a dialog asks. */
  interface Asked {
    title: string;
    text?: string;
    /** More elements. */
    body?: any;
    confirm?: string;
    cancel?: string;
    danger?: boolean;
  }

  /** A Problem, or what else was caught. */
  type Failure = { code?: string; status?: number; name?: string };
}
