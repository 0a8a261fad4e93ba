import { expect, test } from "vitest";
import type { Operation } from "../api/types";
import { diff, kubectl, targetOf } from "./patch";

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx
        securityContext:
          privileged: true
          runAsUser: 0
        env:
        - name: A
          value: "1"
      - image: proxy
        name: proxy
      serviceAccountName: web
`;

/** Applies the patch and expects these changed lines, without the context. */
function check(patch: Operation[], expected: string[] | null) {
  const hunks = diff(MANIFEST, patch);
  const lines = hunks?.flat().filter((line) => line.sign !== " ");
  expect(lines?.map((line) => line.sign + line.text) ?? null).toEqual(expected);
}

const POD = "/spec/template/spec";
const FIRST = `${POD}/containers/0`;

test("removes an entry", () => {
  check(
    [{ op: "remove", path: `${FIRST}/securityContext/privileged` }],
    ["-          privileged: true"],
  );
});

test("writes as empty what has nothing left", () => {
  const hunks = diff("a:\n  b:\n    c: 1\n  d:\n  - x\n", [
    { op: "remove", path: "/a/b/c" },
    { op: "remove", path: "/a/d/0" },
  ]);
  const lines = hunks?.flat().map((line) => line.sign + line.text);
  expect(lines).toEqual([" a:", "-  b:", "-    c: 1", "+  b: {}", "-  d:", "-  - x", "+  d: []"]);
});

test("replaces a value and keeps the rest", () => {
  check(
    [{ op: "replace", path: `${FIRST}/securityContext/runAsUser`, value: 1000 }],
    ["-          runAsUser: 0", "+          runAsUser: 1000"],
  );
});

test("adds an entry after the last of its mapping", () => {
  check(
    [{ op: "add", path: `${POD}/automountServiceAccountToken`, value: false }],
    ["+      automountServiceAccountToken: false"],
  );
  check(
    [{ op: "add", path: `${POD}/containers/1/securityContext`, value: { drop: ["ALL"] } }],
    ["+        securityContext:", "+          drop:", "+          - ALL"],
  );
});

test("adds to what it added before", () => {
  check(
    [
      { op: "add", path: `${POD}/containers/1/securityContext`, value: { a: true } },
      { op: "add", path: `${POD}/containers/1/securityContext/b`, value: "x" },
    ],
    ["+        securityContext:", "+          a: true", "+          b: x"],
  );
});

test("writes over what an add names when it is there", () => {
  check(
    [{ op: "add", path: `${FIRST}/image`, value: "nginx:1.29" }],
    ["-        image: nginx", '+        image: "nginx:1.29"'],
  );
});

test("adds the first entry to what is empty", () => {
  const text = "spec:\n  a: {}\n  b: []\n";
  const lines = (patch: Operation[]) =>
    diff(text, patch)
      ?.flat()
      .filter((line) => line.sign !== " ")
      .map((line) => line.sign + line.text);
  expect(lines([{ op: "add", path: "/spec/a/x", value: 1 }])).toEqual([
    "-  a: {}",
    "+  a:",
    "+    x: 1",
  ]);
  expect(lines([{ op: "add", path: "/spec/b/-", value: "ALL" }])).toEqual([
    "-  b: []",
    "+  b:",
    "+  - ALL",
  ]);
});

test("appends to a sequence", () => {
  check(
    [{ op: "add", path: `${FIRST}/env/-`, value: { name: "B", value: "2" } }],
    ["+        - name: B", '+          value: "2"'],
  );
});

test("gives up rather than guess", () => {
  check([{ op: "remove", path: `${FIRST}/name` }], null);
  check([{ op: "remove", path: "/spec/missing" }], null);
  check([{ op: "move", path: "/spec" }], null);
});

test("shows three lines around a change", () => {
  const [hunk] = diff(MANIFEST, [{ op: "remove", path: `${FIRST}/image` }]) ?? [];
  expect(hunk?.map((line) => line.line)).toEqual([7, 8, 9, 10, 11, 12, 13]);
});

test("writes a command that a shell takes", () => {
  const target = targetOf("Deployment shop/web");
  expect(target && kubectl(target, [{ op: "add", path: "/a", value: "it's" }])).toBe(
    `kubectl patch deployment web -n shop --type=json -p '[{"op":"add","path":"/a","value":"it'\\''s"}]'`,
  );
  expect(targetOf("ClusterRole admin")).toEqual({
    kind: "ClusterRole",
    namespace: null,
    name: "admin",
  });
});
