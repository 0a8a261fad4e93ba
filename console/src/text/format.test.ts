import { expect, test } from "vitest";
import { ago, bytes, count, day, duration, imageName, percent, plural, totalOf } from "./format";

test("separates thousands", () => {
  expect(count(1234567)).toBe("1,234,567");
  expect(plural(1, "image")).toBe("1 image");
  expect(plural(2000, "policy", "policies")).toBe("2,000 policies");
});

test("does not claim to have counted what nobody counted", () => {
  expect(totalOf({ total: 50, totalIsExact: true }, "image")).toBe("50 images");
  expect(totalOf({ total: 10_000, totalIsExact: false }, "finding")).toBe(
    "more than 10,000 findings",
  );
});

test("writes sizes in binary units", () => {
  expect(bytes(0)).toBe("0 B");
  expect(bytes(1536)).toBe("1.5 KiB");
  expect(bytes(104_857_600)).toBe("100 MiB");
});

test("writes probabilities without false precision", () => {
  expect(percent(0.9312)).toBe("93 %");
  expect(percent(0.0312)).toBe("3.1 %");
  expect(percent(0.0004)).toBe("< 0.1 %");
  expect(percent(0)).toBe("0.0 %");
});

test("writes how long something took", () => {
  expect(duration(310)).toBe("310 µs");
  expect(duration(1420)).toBe("1.4 ms");
  expect(duration(2_300_000)).toBe("2.3 s");
});

test("says how long ago, both ways, and the date after a year", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const check = (at: string, expected: string) => expect(ago(at, now)).toBe(expected);
  check("2026-11-21T12:00:00Z", "now");
  check("2026-11-21T11:59:20Z", "40 s ago");
  check("2026-11-21T11:00:00Z", "1 h ago");
  check("2026-11-18T12:00:00Z", "3 d ago");
  check("2026-12-12T12:00:00Z", "in 3 w");
  check("2020-01-02T00:00:00Z", "2020-01-02");
  check("soon", "soon");
  expect([day("2026-11-21T12:00:00Z"), day("soon")]).toEqual(["2026-11-21", "soon"]);
});

test("tells a registry from a path", () => {
  expect(imageName("registry.example/shop/web")).toEqual({
    host: "registry.example/",
    path: "shop/web",
  });
  expect(imageName("library/nginx")).toEqual({ host: "", path: "library/nginx" });
  expect(imageName("localhost:5000/a")).toEqual({ host: "localhost:5000/", path: "a" });
});
