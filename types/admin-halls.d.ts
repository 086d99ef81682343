// What the modules of the catalogue's admin speak of; apart from them, so that pages do not load their types.

declare namespace AdminHalls {
  /** A section as apps/concerts/admin/hall_drawing.py sends it: a column for each property of its seats. */
  interface SectionDrawing {
    code: string;
    name: string;
    /** The labels of the rows, from the stage backwards. */
    rows: string[];
    /** Of each seat: its row's place in `rows`. */
    row: number[];
    number: number[];
    /** Metres. */
    x: number[];
    y: number[];
    ordinal: number[];
    /** Places in the columns. */
    accessible: number[];
  }

  interface Drawing {
    name: string;
    seat_count: number;
    sections: SectionDrawing[];
  }

  /** A section's seats go from `first` to before `end`. */
  interface Section {
    code: string;
    name: string;
    rows: string[];
    first: number;
    end: number;
  }

  /** What an element's attributes are set to. */
  type Attributes = Record<string, string | number | undefined>;

  /** Where a pointer went down, in pixels. */
  interface Start {
    x: number;
    y: number;
    isMouse: boolean;
    isBand?: boolean;
  }

  interface DrawingOptions {
    label?: string;
    onPick?: (seat: number) => void;
    onBand?: (seats: number[], how: { removes: boolean }) => void;
    /** -1 where there is no seat. */
    onHover?: (seat: number) => void;
  }

  /** A grade as the text of prices has it. */
  interface Grade {
    name: string;
    price: number;
    color: string;
    /** Codes. */
    sections: string[];
  }

  type NumberOrText = number | string;

  /** A section of a hall's description; what is left out has its default. */
  interface PlanSection {
    code: string;
    name?: string;
    level?: NumberOrText;
    rows: number | string[];
    seats: NumberOrText | NumberOrText[];
    aisles?: NumberOrText[];
    accessible?: string[];
  }

  /** The same as the texts of its fields. */
  type SectionFields = Record<"code" | "name" | "level" | "rows" | "seats" | "aisles" | "accessible", string>;

  interface Plan {
    name: string;
    city?: string;
    address?: string;
    sections: PlanSection[];
  }

  /** What a preview of a hall's description answers; no drawing where there are too many seats. */
  interface Preview {
    plan: Plan;
    seat_count: number;
    drawing: Drawing | null;
  }

  /** The line at a moment. */
  interface Point {
    /** Seconds since 1970. */
    at: number;
    waiting: number;
    inside: number;
    inflow: number;
    outflow: number;
    rate: number;
    /** Seconds. */
    waited: number | null;
    expected: number | null;
  }

  interface LineFigures {
    waiting: number;
    called: number;
    inside: number;
    expected_seconds: number;
  }

  interface LineSettings extends Record<string, string | number> {
    rate: number;
    inside_limit: number;
  }
}
