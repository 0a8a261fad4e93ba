import { expect, test } from "vitest";
import { match, withSearch } from "./router";

test("matches the whole address", () => {
  expect(match("/", "/")).toEqual({});
  expect(match("/workloads/:id/:tab?", "/workloads/a%2Fb")).toEqual({ id: "a/b" });
  expect(match("/workloads/:id/:tab?", "/workloads/a/manifest/")).toEqual({
    id: "a",
    tab: "manifest",
  });
  expect(match("/workloads", "/workloads/a")).toBeNull();
  expect(match("/workloads/:id", "/workloads/%zz")).toBeNull();
  expect(match("/workloads/:id/:tab?", "/workloads")).toBeNull();
});

test("another filter begins at the first page", () => {
  const search = new URLSearchParams("q=web&after=50");
  expect(withSearch("/x", search, { kind: "Pod" })).toBe("/x?q=web&kind=Pod");
  expect(withSearch("/x", search, { after: "100" })).toBe("/x?q=web&after=100");
  expect(withSearch("/x", search, { q: null })).toBe("/x");
});
