import { expect } from "@playwright/test";
import { STATE, test } from "./fixture.ts";

test("signs in with the one-time code of the address", async ({ page }) => {
  const code = process.env.LOGIN_CODE ?? "fixture-code";
  await page.goto(`/#code=${encodeURIComponent(code)}`);
  await expect(page.getByRole("navigation", { name: "Views" })).toBeVisible();
  // The code is in no history.
  expect(new URL(page.url()).hash).toBe("");
  await page.context().storageState({ path: STATE });
});
