/**
 * Finds what a JSON pointer names in block-style YAML, by indentation alone.
 * It gives up (null) on what it does not understand: flow collections, anchors, several documents.
 */

/** Lines `start..end` (end not included) that hold a value with its key or dash. */
export interface Region {
  start: number;
  end: number;
  /** Column of the key, or of the dash of an item. */
  indent: number;
  /** Whether the region begins on the line of a dash that belongs to the item around it. */
  onDash: boolean;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#][^:]*?):(?=\s|$)/;

export function named(token: string): string {
  return token.replace(/~1/g, "/").replace(/~0/g, "~");
}

export function tokens(pointer: string): string[] {
  return pointer === "" ? [] : pointer.split("/").slice(1).map(named);
}

/** The region of `pointer`; the empty pointer is the whole text. */
export function locate(lines: readonly string[], pointer: string): Region | null {
  let region: Region = { start: 0, end: lines.length, indent: -1, onDash: false };
  for (const token of tokens(pointer)) {
    const inner = childrenOf(lines, region).find((child) => child.name === token);
    if (!inner) return null;
    region = inner.region;
  }
  return region;
}

interface Child {
  name: string;
  region: Region;
}

/** The entries of a mapping or the items of a sequence, by name or by number. */
export function childrenOf(lines: readonly string[], region: Region): Child[] {
  const first = firstInside(lines, region);
  if (!first) return [];
  const starts: { name: string; line: number; onDash: boolean }[] = [];
  for (let line = first.line; line < region.end; line += 1) {
    const text = contentOf(lines, line, first.onDash && line === first.line);
    if (text === null || text.indent !== first.indent) continue;
    if (first.isItem) {
      if (!/^-(\s|$)/.test(text.rest)) break;
      starts.push({ name: String(starts.length), line, onDash: false });
    } else {
      // An item in the column of the keys belongs to the sequence of the key above.
      if (/^-(\s|$)/.test(text.rest)) continue;
      const key = KEY.exec(text.rest)?.[1];
      if (key === undefined) break;
      const onDash = first.onDash && line === first.line;
      starts.push({ name: plain(key), line, onDash });
    }
  }
  return starts.map(({ name, line, onDash }, index) => ({
    name,
    region: {
      start: line,
      end: starts[index + 1]?.line ?? region.end,
      indent: first.indent,
      onDash,
    },
  }));
}

interface Inside {
  line: number;
  indent: number;
  isItem: boolean;
  onDash: boolean;
}

/** Where the content of a region begins: after its key, or on the line of its dash. */
function firstInside(lines: readonly string[], region: Region): Inside | null {
  const isRoot = region.indent < 0;
  const head = lines[region.start] ?? "";
  if (!isRoot && head.slice(region.indent).startsWith("- ") && !region.onDash) {
    const rest = head.slice(region.indent).replace(/^-\s+/, "");
    if (KEY.test(rest)) {
      const indent = head.length - rest.length;
      return { line: region.start, indent, isItem: false, onDash: true };
    }
    return null;
  }
  if (!isRoot && hasValue(head.slice(region.indent))) return null;
  for (let line = isRoot ? region.start : region.start + 1; line < region.end; line += 1) {
    const text = contentOf(lines, line, false);
    if (text === null || text.rest === "---") continue;
    const isItem = /^-(\s|$)/.test(text.rest);
    // A sequence may stand in the column of its key; a mapping may not.
    const deep = isItem ? text.indent >= region.indent : text.indent > region.indent;
    return deep ? { line, indent: text.indent, isItem, onDash: false } : null;
  }
  return null;
}

/** Whether a value stands on the line of its key or dash: a scalar, or the head of a block. */
function hasValue(line: string): boolean {
  const rest = line.replace(/^-(\s+|$)/, "");
  const key = KEY.exec(rest)?.[0] ?? "";
  return /^\s*[^\s#]/.test(rest.slice(key.length));
}

function contentOf(
  lines: readonly string[],
  line: number,
  afterDash: boolean,
): { indent: number; rest: string } | null {
  const text = lines[line] ?? "";
  const start = text.search(/\S/);
  if (start < 0 || text[start] === "#") return null;
  if (!afterDash) return { indent: start, rest: text.slice(start) };
  const rest = text.slice(start).replace(/^-\s+/, "");
  return { indent: text.length - rest.length, rest };
}

function plain(key: string): string {
  if (key.startsWith('"')) {
    try {
      return JSON.parse(key) as string;
    } catch {
      return key;
    }
  }
  return key.startsWith("'") ? key.slice(1, -1).replace(/''/g, "'") : key;
}
