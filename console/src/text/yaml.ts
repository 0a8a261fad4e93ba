/** Writes values as YAML, and tells the parts of a line apart for colouring. */

/** Block-style YAML of a value, each line indented by `indent`. */
export function toYaml(value: unknown, indent = 0): string[] {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const lines = isCollection(item) ? toYaml(item, indent + 2) : [pad + scalar(item)];
      const first = (lines[0] ?? "").trimStart();
      return [`${pad}- ${first}`, ...lines.slice(1)];
    });
  }
  if (isCollection(value)) {
    return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) =>
      isCollection(inner)
        ? [`${pad}${scalar(key)}:`, ...toYaml(inner, Array.isArray(inner) ? indent : indent + 2)]
        : [`${pad}${scalar(key)}: ${scalar(inner)}`],
    );
  }
  return [pad + scalar(value)];
}

function isCollection(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

const PLAIN = /^[A-Za-z_/][\w./@-]*$/;
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "null";
  return PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
}

export interface Piece {
  text: string;
  role: "key" | "text" | "literal" | "comment" | "mark" | "plain";
}

const LINE = /^(\s*(?:- )*)((?:"[^"]*"|'[^']*'|[^\s#"'][^:#]*?):(?=\s|$))?(\s*)(.*)$/;

/** The parts of one line: dashes, key, value, comment. Joined they are the line. */
export function pieces(line: string): Piece[] {
  if (/^\s*#/.test(line)) return [{ text: line, role: "comment" }];
  const [, lead = "", key = "", gap = "", rest = ""] = LINE.exec(line) ?? [];
  const cut = /(^|\s)#/.exec(/^["']/.test(rest) ? "" : rest);
  const value = cut ? rest.slice(0, cut.index) : rest;
  const found: Piece[] = [
    { text: lead, role: "mark" },
    { text: key, role: "key" },
    { text: gap, role: "plain" },
    { text: value, role: roleOf(value) },
    { text: rest.slice(value.length), role: "comment" },
  ];
  return found.filter((piece) => piece.text !== "");
}

function roleOf(value: string): Piece["role"] {
  if (/^["']/.test(value)) return "text";
  if (/^(-?\d[\d.e+-]*|true|false|null|~)$/.test(value.trim())) return "literal";
  return /^[|>{[]/.test(value) ? "mark" : "text";
}
