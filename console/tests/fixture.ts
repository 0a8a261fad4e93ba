/** What all tests share: one session, and that nothing goes wrong unseen. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test as base, expect, type Page } from "@playwright/test";

export const STATE = "test-results/session.json";

export const THEMES = ["light", "dark"] as const;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every page fails its test by an error in the console, an exception, or a breach of the policy. */
export const test = base.extend<{ expected: RegExp | null; quiet: undefined }>({
  /** What a test provokes on purpose. */
  expected: [null, { option: true }],
  quiet: [
    async ({ page, expected }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        // Being asked to sign in is answered with 401, which the browser tells as an error.
        const isSignIn = message.location().url.endsWith("/api/v1/session");
        const isExpected = isSignIn || expected?.test(message.text());
        if (message.type() === "error" && !isExpected) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      await use(undefined);
      expect(complaints, "complaints of the browser").toEqual([]);
    },
    { auto: true },
  ],
});

/** Waits until nothing is loading any more. */
export async function settled(page: Page) {
  await expect(page.locator("main h1")).toBeVisible();
  await expect(page.locator(".skeleton, [aria-busy=true]")).toHaveCount(0);
}

/** Fails on what axe finds. */
export async function accessible(page: Page, where: string) {
  const found = await page.evaluate(async (source) => {
    // Scripts may not be injected under the policy, but the debugger may run them.
    if (!("axe" in window)) new Function(source)();
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResult> } };
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`,
    );
  }, axe);
  expect(found, `axe: ${where}`).toEqual([]);
}

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}
