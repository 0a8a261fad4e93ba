import { expect } from "@playwright/test";
import { accessible, THEMES, test } from "./fixture.ts";

for (const colorScheme of THEMES) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("asks who it is, wherever one comes from", async ({ page }) => {
      await page.goto("/workloads?kind=Deployment");
      await expect(page.getByLabel("One-time code")).toBeVisible();
      await expect(page.getByLabel("Password")).toBeVisible();
      await accessible(page, "sign-in");
    });
  });
}

test("says that a code is not valid, and tells it nobody else", async ({ page }) => {
  await page.goto("/#code=this-is-no-code");
  await expect(page.getByRole("alert")).toContainText("not valid");
  expect(page.url()).not.toContain("this-is-no-code");
  await accessible(page, "a refused code");
});
