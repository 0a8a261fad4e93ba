import { expect, test } from "vitest";
import { pieces, toYaml } from "./yaml";

test("writes block style", () => {
  expect(toYaml({ a: { b: [1, { c: "x", d: [] }] }, e: "yes" })).toEqual([
    "a:",
    "  b:",
    "  - 1",
    "  - c: x",
    "    d: []",
    'e: "yes"',
  ]);
});

test("quotes what would be read as something else", () => {
  expect(toYaml(["1", "true", "a: b", "nginx:1.29", "", null, false])).toEqual([
    '- "1"',
    '- "true"',
    '- "a: b"',
    '- "nginx:1.29"',
    '- ""',
    "- null",
    "- false",
  ]);
});

test("pieces joined are the line", () => {
  const lines = [
    "  - name: web # the shop",
    '    image: "a#b:c"',
    "# all",
    "    command: [sh, -c]",
    "",
    "  - -x",
    "      url: https://example.com/#a",
    "    text: |",
  ];
  for (const line of lines) {
    expect(
      pieces(line)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(line);
  }
});

test("tells keys, values and comments apart", () => {
  expect(pieces("  - replicas: 2 # two").map(({ text, role }) => [role, text])).toEqual([
    ["mark", "  - "],
    ["key", "replicas:"],
    ["plain", " "],
    ["literal", "2"],
    ["comment", " # two"],
  ]);
});
