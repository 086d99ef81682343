// What the help panel's modules speak of; apart from them, so that pages do not load their types.

declare namespace Help {
  type Session = Counsel.Session;
  /** The panel, of somebody who has logged in. */
  type Panel = typeof import("../static/counseling/help/panel.js").panel & {
    model: import("../static/counseling/help/model.js").HelpModel;
  };

  /** Which view, and of what; `isClosed`: the category was closed when it was asked. */
  interface Place {
    name: "home" | "hints" | "ask" | "talk" | "inquiry" | "history";
    sessionId?: number;
    categoryId?: number;
    isClosed?: boolean;
  }

  interface Made {
    title: string;
    node: Element;
    /** Where "Back" leads. */
    back?: Place | null;
    /** What has the focus at first; the title where there is nothing. */
    focus?: () => HTMLElement | undefined;
    /** Called once it is on the page. */
    shown?: () => void;
    destroy?: () => unknown;
  }

  interface Remembered {
    isOpen: boolean;
    view: Place | null;
  }

  /** A category, and whether somebody is there; `hours` is empty for always. */
  type Category = Counsel.NamedCategory & {
    is_open: boolean;
    opens_at: string | null;
    hours: { weekday: number; opens_at: string; closes_at: string }[];
  };

  /** What /user/queue/match says. */
  type MatchEvent = {
    type: string;
    session_id: number;
    position: number | null;
    eta_seconds: number | null;
    inquiry_offered?: boolean;
    counselor: Counsel.Person;
    reason: string;
  };

  type Page = { results: Session[]; next: string | null };
  type Inquiry = { subject: string; content: string; status: string; answer: string; created_at: string };
  type Rating = { score: number; feedback: string };

  /** What a form does about a refusal, by its code. */
  type Handlers = Record<string, (problem: Error) => unknown>;
  type Control = HTMLInputElement | HTMLTextAreaElement;
}
