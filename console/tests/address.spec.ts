import { expect, type Page } from "@playwright/test";
import { STATE, settled, test } from "./fixture.ts";

test.use({ storageState: STATE });

interface Listed {
  items: { id: string; title: string }[];
  total: number;
  next: string | null;
}

async function listed(page: Page, search: string): Promise<Listed> {
  return (await page.request.get(`/api/v1/findings?${search}`)).json();
}

test("lists by severity what is shown with it", async ({ page }) => {
  await page.goto("/findings");
  await settled(page);
  await page.getByLabel("Any severity").selectOption("high");
  await expect(page.getByLabel("Any outcome")).toHaveValue("fail");
  await settled(page);
  const { total } = await listed(page, "severity=high&outcome=fail&limit=1");
  await expect(page.locator(".filters .total")).toHaveText(new RegExp(`^${total} findings?$`));
  await expect(page.locator(".finding-head .sev.is-unknown")).toHaveCount(0);
  await page.getByLabel("Any outcome").selectOption("unknown");
  await settled(page);
  await expect(page.locator(".finding-head .sev:not(.is-unknown)")).toHaveCount(0);
});

test("shows the finding of a link, wherever in the list it is", async ({ page }) => {
  const first = await listed(page, "limit=50");
  const second = await listed(page, `limit=50&after=${encodeURIComponent(first.next ?? "")}`);
  for (const finding of [first.items.at(-1), second.items.at(-1)]) {
    await page.goto(`/findings?finding=${finding?.id}`);
    await settled(page);
    const open = page.locator('.finding-head[aria-expanded="true"]');
    await expect(open).toContainText(finding?.title ?? "");
    await expect(open).toBeInViewport();
  }
  // Who chooses others has done with it.
  await page.getByLabel("Any severity").selectOption("high");
  await expect(page).not.toHaveURL(/finding=/);
});

test.describe("with a time that is none", () => {
  test.use({ expected: /Failed to load resource/ });

  test("says so", async ({ page }) => {
    await page.goto("/findings?at=garbage");
    await expect(page.getByRole("alert")).toContainText("The parameter at is a time");
    await page.locator(".as-of summary").click();
    await page.getByRole("link", { name: "Back to now" }).click();
    await settled(page);
    await expect(page.locator(".finding-head").first()).toBeVisible();
  });
});

test("goes to an earlier time once it is typed, and stays there", async ({ page }) => {
  await page.goto("/findings");
  await settled(page);
  await page.locator(".as-of summary").click();
  const field = page.getByLabel("What was open on");
  await field.fill("0002-01-02T00:00");
  await expect(page).toHaveURL(/\/findings$/);
  await field.fill("2020-01-02T00:00");
  await field.press("Enter");
  await expect(page).toHaveURL(/at=2020-01-0/);
  await expect(page.getByText("Nothing was known then")).toBeVisible();
  await field.press("Escape");
  await expect(field).toBeHidden();
  await page.getByLabel("Any severity").selectOption("high");
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(page).toHaveURL(/\/findings\?at=2020-01-0/);
});

test("opens the first part where the address names none", async ({ page }) => {
  const workload = async () => {
    const list: Listed = await (await page.request.get("/api/v1/workloads?limit=1")).json();
    return `/workloads/${list.items[0]?.id}`;
  };
  for (const path of ["/cluster", await workload()]) {
    await page.goto(`${path}/bogus`);
    await settled(page);
    const tabs = page.getByRole("navigation", { name: "Parts" }).getByRole("link");
    await expect(tabs.first()).toHaveAttribute("aria-current", "page");
    await expect(page.locator("main .sheet").first()).toBeVisible();
  }
});
