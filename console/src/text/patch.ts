/** Shows what a JSON patch does to a manifest, as lines that go and come; and writes it as a command. */

import type { Operation } from "../api/types";
import { childrenOf, locate, type Region, tokens } from "./pointer";
import { toYaml } from "./yaml";

export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
  /** Number of the line in the text as it is, from 1; null for what is added. */
  line: number | null;
}

/** A stretch of changes with the lines around it. */
export type Hunk = DiffLine[];

const CONTEXT = 3;

/** What the patch does to the text; null where the text is not plain enough to say it by lines. */
export function diff(text: string, patch: readonly Operation[]): Hunk[] | null {
  const lines = changed(text, patch);
  return lines && hunks(lines);
}

/** All lines of the text, with those that go and come. */
export function changed(text: string, patch: readonly Operation[]): DiffLine[] | null {
  let lines: DiffLine[] = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line, index) => ({ sign: " ", text: line, line: index + 1 }));
  for (const operation of patch) {
    if (operation.op === "test") continue;
    const next = apply(lines, operation);
    if (!next) return null;
    lines = next;
  }
  return lines;
}

function apply(all: DiffLine[], operation: Operation): DiffLine[] | null {
  // Positions are found in the text as it is by now; `at` leads back to the lines of the diff.
  const at = all.flatMap((line, index) => (line.sign === "-" ? [] : [index]));
  const now = at.map((index) => all[index]?.text ?? "");
  const position = (line: number) => at[line] ?? all.length;
  const region = locate(now, operation.path);
  if (operation.op === "remove" || operation.op === "replace") {
    if (!region || region.onDash) return null;
    if (operation.op === "remove") {
      const around = locate(now, operation.path.slice(0, operation.path.lastIndexOf("/")));
      if (!around) return null;
      if (childrenOf(now, around).length === 1) return empty(all, now, position, around);
    }
    const trimmed = trim(now, region);
    const from = position(trimmed.start);
    const to = position(trimmed.end - 1) + 1;
    const gone = all.slice(from, to).flatMap(remove);
    const added = operation.op === "replace" ? written(now, region, operation) : [];
    return [...all.slice(0, from), ...gone, ...added, ...all.slice(to)];
  }
  if (operation.op !== "add") return null;
  if (region && !isItemPath(operation.path)) {
    return apply(all, { ...operation, op: "replace" });
  }
  return insert(all, now, position, operation);
}

/** A line that was only just added is not shown as removed. */
function remove(line: DiffLine): DiffLine[] {
  return line.sign === "+" ? [] : [{ ...line, sign: "-" }];
}

function insert(
  all: DiffLine[],
  now: string[],
  position: (line: number) => number,
  operation: Operation,
): DiffLine[] | null {
  const path = operation.path.slice(0, operation.path.lastIndexOf("/"));
  const name = tokens(operation.path).at(-1) ?? "";
  const parent = locate(now, path);
  if (!parent) return null;
  const children = childrenOf(now, parent);
  const last = children.at(-1);
  if (!last) return fill(all, now, position, parent, operation);
  const isSequence =
    last !== undefined && (now[last.region.start] ?? "")[last.region.indent] === "-";
  if (isSequence && name !== "-" && name !== String(children.length)) return null;
  const lines = isSequence
    ? item(operation.value, last.region.indent)
    : toYaml({ [name]: operation.value }, last.region.indent);
  const end = position(trim(now, last.region).end - 1) + 1;
  return [...all.slice(0, end), ...lines.map(added), ...all.slice(end)];
}

/** Takes the last entry out of a mapping or a sequence, which is then written as empty. */
function empty(
  all: DiffLine[],
  now: string[],
  position: (line: number) => number,
  around: Region,
): DiffLine[] | null {
  const head = now[around.start] ?? "";
  const first = now.slice(around.start + 1).find((line) => /\S/.test(line)) ?? "";
  // The item of a sequence has its first key on the line of its dash.
  if (!/:\s*$/.test(head) || around.indent < 0) return null;
  const trimmed = trim(now, around);
  const from = position(trimmed.start);
  const to = position(trimmed.end - 1) + 1;
  const rest = head.trimEnd() + (/^\s*-(\s|$)/.test(first) ? " []" : " {}");
  return [
    ...all.slice(0, from),
    ...all.slice(from, to).flatMap(remove),
    added(rest),
    ...all.slice(to),
  ];
}

/** Adds the first entry to what is written as empty, `{}` or `[]`. */
function fill(
  all: DiffLine[],
  now: string[],
  position: (line: number) => number,
  parent: Region,
  operation: Operation,
): DiffLine[] | null {
  const head = now[parent.start] ?? "";
  const empty = /^(.*:) (\{\}|\[\])\s*$/.exec(head);
  if (!empty?.[1] || parent.end !== parent.start + 1) return null;
  const name = tokens(operation.path).at(-1) ?? "";
  const isSequence = empty[2] === "[]";
  const lines = isSequence
    ? item(operation.value, parent.indent)
    : toYaml({ [name]: operation.value }, parent.indent + 2);
  const at = position(parent.start);
  const gone = all.slice(at, at + 1).flatMap(remove);
  return [...all.slice(0, at), ...gone, added(empty[1]), ...lines.map(added), ...all.slice(at + 1)];
}

function written(now: string[], region: Region, operation: Operation): DiffLine[] {
  const name = tokens(operation.path).at(-1) ?? "";
  const isItem = (now[region.start] ?? "")[region.indent] === "-";
  const lines = isItem
    ? item(operation.value, region.indent)
    : toYaml({ [name]: operation.value }, region.indent);
  return lines.map(added);
}

function item(value: unknown, indent: number): string[] {
  return toYaml([value], indent);
}

function added(text: string): DiffLine {
  return { sign: "+", text, line: null };
}

function isItemPath(path: string): boolean {
  return /\/(\d+|-)$/.test(path);
}

/** A region without the empty lines and comments at its end. */
function trim(lines: readonly string[], region: Region): Region {
  let end = region.end;
  while (end > region.start + 1 && /^\s*(#.*)?$/.test(lines[end - 1] ?? "")) end -= 1;
  return { ...region, end };
}

function hunks(lines: DiffLine[]): Hunk[] {
  const found: Hunk[] = [];
  let until = -1;
  for (const [index, line] of lines.entries()) {
    if (line.sign === " ") continue;
    const from = Math.max(index - CONTEXT, 0);
    const current = found.at(-1);
    if (current && from <= until) current.push(...lines.slice(until, index + CONTEXT + 1));
    else found.push(lines.slice(from, index + CONTEXT + 1));
    until = Math.min(index + CONTEXT + 1, lines.length);
  }
  return found;
}

/** The object a patch is for. */
export interface Target {
  kind: string;
  name: string;
  namespace: string | null;
}

/** "Deployment shop/web" → its parts */
export function targetOf(title: string): Target | null {
  const found = /^(\S+) (?:([^/\s]+)\/)?([^/\s]+)$/.exec(title);
  if (!found?.[1] || !found[3]) return null;
  return { kind: found[1], namespace: found[2] ?? null, name: found[3] };
}

/** The command that applies the patch to the cluster. */
export function kubectl(target: Target, patch: readonly Operation[]): string {
  const namespace = target.namespace ? ` -n ${target.namespace}` : "";
  const json = JSON.stringify(patch).replaceAll("'", "'\\''");
  return `kubectl patch ${target.kind.toLowerCase()} ${target.name}${namespace} --type=json -p '${json}'`;
}
