import { expect, test } from "vitest";
import { locate } from "./pointer";

const TEXT = `# head
metadata:
  annotations:
    "a/b": x
    note: |
      key: not one
      - nor an item
spec:
  list:
  - env:
    - name: A
    - name: B
    tail: 1
  -   deep: {flow: 1}
`.split("\n");

function check(pointer: string, expected: [number, number] | null) {
  const region = locate(TEXT, pointer);
  expect(region && [region.start + 1, region.end], pointer).toEqual(expected);
}

test("finds keys, items, and what is within them", () => {
  check("/metadata", [2, 7]);
  check("/metadata/annotations/a~1b", [4, 4]);
  check("/metadata/annotations/note", [5, 7]);
  check("/spec/list/0", [10, 13]);
  check("/spec/list/0/env/1", [12, 12]);
  check("/spec/list/0/env/1/name", [12, 12]);
  check("/spec/list/0/tail", [13, 13]);
});

test("knows no more than block style", () => {
  check("/spec/list/1/deep/flow", null);
  check("/metadata/annotations/note/key", null);
  check("/spec/list/2", null);
});
