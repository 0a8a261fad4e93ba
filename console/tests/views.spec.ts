import { expect } from "@playwright/test";
import { accessible, STATE, settled, THEMES, test } from "./fixture.ts";

test.use({ storageState: STATE });

const PICTURES = process.env.SCREENSHOTS;

/** What is opened, the heading it must show, and the name of its picture, if it has one. */
const VIEWS: [string, RegExp, string?][] = [
  ["/", /workload|critical|high/i, "overview"],
  ["/workloads", /^Workloads$/, "workloads"],
  ["/findings", /^Findings$/],
  ["/images", /^Images$/, "images"],
  ["/policies", /^Policies$/, "policies"],
  ["/admission", /^Admission$/, "admission"],
  ["/cluster", /./],
  ["/cluster/namespaces", /./],
  ["/cluster/events", /./],
  ["/cluster/withheld", /./],
  ["/access", /^Access$/],
  ["/access/tokens", /^Access$/],
  ["/access/trail", /^Access$/],
  ["/access/password", /^Access$/],
  ["/nowhere", /^No such view$/],
];

for (const theme of THEMES) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    for (const [path, heading, picture] of VIEWS) {
      test(`opens ${path}`, async ({ page }) => {
        await page.goto(path);
        await settled(page);
        await expect(page.locator("main h1")).toHaveText(heading);
        await accessible(page, path);
        if (PICTURES && picture) {
          await page.screenshot({ path: `${PICTURES}/${picture}-${theme}.png`, caret: "initial" });
        }
      });
    }

    test("opens one workload in all its parts", async ({ page }) => {
      await page.goto("/workloads?sort=-score");
      await settled(page);
      await page.locator("tbody [data-lead]").first().click();
      await expect(page).toHaveURL(/\/workloads\/[^/?]+$/);
      await expect(page.getByRole("navigation", { name: "Parts" })).toBeVisible();
      const tabs = page.getByRole("navigation", { name: "Parts" }).getByRole("link");
      for (const name of await tabs.allTextContents()) {
        await tabs.filter({ hasText: name }).first().click();
        await settled(page);
        await accessible(page, `workload: ${name}`);
      }
    });

    test("shows a problem at its line, with the change that mends it", async ({ page }) => {
      await page.goto("/workloads?sort=-score");
      await settled(page);
      await page.locator("tbody [data-lead]").first().click();
      await page.getByRole("link", { name: "Manifest", exact: true }).click();
      await settled(page);
      const notes = page.locator(".note-head");
      await expect(notes.first()).toBeVisible();
      await openPatched(page, notes);
      await accessible(page, "manifest");
      if (PICTURES) {
        const open = page.locator('.note-head[aria-expanded="true"]').first();
        await open.evaluate((element) =>
          window.scrollBy(0, element.getBoundingClientRect().top - 420),
        );
        await page.screenshot({ path: `${PICTURES}/manifest-${theme}.png`, caret: "initial" });
      }
    });

    test("opens one image in all its parts", async ({ page }) => {
      await page.goto("/images?sort=-score");
      await settled(page);
      await page.locator("tbody [data-lead]").first().click();
      await expect(page).toHaveURL(/\/images\/[^/?]+$/);
      await expect(page.getByRole("navigation", { name: "Parts" })).toBeVisible();
      const tabs = page.getByRole("navigation", { name: "Parts" }).getByRole("link");
      for (const name of await tabs.allTextContents()) {
        await tabs.filter({ hasText: name }).first().click();
        await settled(page);
        await accessible(page, `image: ${name}`);
      }
    });

    test("opens one refusal", async ({ page }) => {
      await page.goto("/admission?decision=denied");
      await settled(page);
      await page.locator(".review-head", { hasText: "shop/debug" }).first().click();
      await expect(page.locator(".review-body")).toContainText("CFD-POD-0001");
      await accessible(page, "review");
      if (PICTURES) {
        await page.screenshot({ path: `${PICTURES}/refusal-${theme}.png`, caret: "initial" });
      }
    });

    test("opens one policy", async ({ page }) => {
      await page.goto("/policies");
      await settled(page);
      await page.locator("tbody [data-lead]").first().click();
      await expect(page).toHaveURL(/\/policies\/.+/);
      await expect(page.getByRole("heading", { name: "What must hold" })).toBeVisible();
      await settled(page);
      await accessible(page, "policy");
    });
  });
}

/** Opens notes until one has a patch; the first stays open if none has. */
async function openPatched(
  page: import("@playwright/test").Page,
  notes: import("@playwright/test").Locator,
) {
  const most = Math.min(await notes.count(), 20);
  for (let index = 0; index < most; index += 1) {
    await notes.nth(index).click();
    if ((await page.locator(".note-body .diff").count()) > 0) return;
  }
}

for (const width of [360, 768, 1920]) {
  test(`needs no sideways scrolling at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    for (const path of [
      "/",
      "/workloads",
      "/findings",
      "/images",
      "/policies",
      "/admission",
      "/access",
    ]) {
      await page.goto(path);
      await settled(page);
      // Words may be long: sentences break them, and a table that has little room scrolls by itself.
      const texts = width > 1180 ? "main p, main h1" : "main p, main h1, td:last-child";
      const wide = await page.evaluate((texts) => {
        for (const element of document.querySelectorAll(texts)) element.append("W".repeat(60));
        return document.documentElement.scrollWidth;
      }, texts);
      expect(wide, path).toBeLessThanOrEqual(width);
    }
  });
}
