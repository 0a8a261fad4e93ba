import { expect } from "@playwright/test";
import { settled, test } from "./fixture.ts";

/** What is to be seen on a live cluster: `SINS` has subjects and rules, as `tests/rig` plants them. */
const sins: [string, string][] = JSON.parse(process.env.SINS ?? "[]");

test("shows every sin to who signs in with a password", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill(process.env.PASSWORD ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("navigation", { name: "Views" })).toBeVisible();
  expect(sins.length).toBeGreaterThan(0);
  for (const [subject, rule] of sins) {
    await page.goto(`/findings?rule=${rule}`);
    await settled(page);
    await expect(page.getByText(subject).first(), `${rule} of ${subject}`).toBeVisible();
  }
});
