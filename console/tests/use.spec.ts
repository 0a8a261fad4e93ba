import { expect } from "@playwright/test";
import { accessible, STATE, settled, test } from "./fixture.ts";

test.use({ storageState: STATE });

test("goes everywhere by the keyboard", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();

  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await expect(page).toHaveURL(/\/workloads$/);
  await settled(page);
  await page.keyboard.press("j");
  await expect(page.locator("tbody [data-lead]").first()).toBeFocused();
  await page.keyboard.press("j");
  await expect(page.locator("tbody [data-lead]").nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/workloads\/[^/]+$/);
  await settled(page);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/workloads/);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeHidden();
});

test("keeps search and filters in the address", async ({ page }) => {
  await page.goto("/workloads");
  await settled(page);
  const first = (await page.locator("tbody [data-lead]").first().textContent()) ?? "";
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type(first);
  await expect(page).toHaveURL(new RegExp(`q=${first}`));
  await expect(page.locator("tbody [data-lead]").first()).toHaveText(first);
  await page.getByLabel("Any severity").selectOption("low");
  await expect(page).toHaveURL(/severity=low/);

  // The address alone gives the same view.
  const there = page.url();
  await page.goto("/");
  await settled(page);
  await page.goto(there);
  await settled(page);
  await expect(page.getByRole("searchbox")).toHaveValue(first);
  await expect(page.getByLabel("Any severity")).toHaveValue("low");

  await page.getByRole("searchbox").fill("nothing is called like this");
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("link", { name: "Clear the filters" }).click();
  await expect(page.locator("tbody [data-lead]").first()).toBeVisible();
});

test("sorts on the server", async ({ page }) => {
  await page.goto("/workloads");
  await settled(page);
  await page.getByRole("columnheader", { name: "Workload" }).getByRole("link").click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(page.getByRole("columnheader", { name: "Workload" })).toHaveAttribute(
    "aria-sort",
    "ascending",
  );
  const names = await page.locator("tbody [data-lead]").allTextContents();
  expect(names).toEqual(names.toSorted());
});

test("keeps the chosen theme", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  await page.getByRole("button", { name: /Theme: system/ }).click();
  await page.getByRole("button", { name: /Theme: light/ }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await settled(page);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("says what is only a sample", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  const isRecorded = await page.evaluate(async () => {
    const answer = await fetch("/api/v1/session");
    return ((await answer.json()) as { isRecorded: boolean }).isRecorded;
  });
  await expect(page.getByText("Recorded.")).toHaveCount(isRecorded ? 1 : 0);
});

test.describe("without a server", () => {
  test.use({ expected: /Failed to load resource/ });

  test("says that it is gone, and goes on when it is back", async ({ page }) => {
    await page.goto("/images");
    await settled(page);
    await page.route("**/api/v1/policies**", (route) => route.abort());
    const views = page.getByRole("navigation", { name: "Views" });
    await views.getByRole("link", { name: "Policies" }).click();
    await expect(page.getByText("The server does not answer").first()).toBeVisible();
    await page.unroute("**/api/v1/policies**");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await expect(page.locator("tbody [data-lead]").first()).toBeVisible();
  });
});

test("goes anywhere by typing", async ({ page }) => {
  await page.goto("/workloads");
  await settled(page);
  const first = (await page.locator("tbody [data-lead]").first().textContent()) ?? "";
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Go to" });
  await expect(field).toBeFocused();
  await field.fill(first);
  const option = page.getByRole("option", { name: first }).first();
  await expect(option).toBeVisible();
  await accessible(page, "palette");
  await option.click();
  await expect(page).toHaveURL(/\/workloads\/[^/]+$/);
  await settled(page);
  await page.keyboard.press("Control+k");
  await field.fill("overview");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/$/);
});

test("shows to a role what it may read of access, and no more", async ({ page }) => {
  await page.route("**/api/v1/session", async (route) => {
    const response = await route.fetch();
    const session = await response.json();
    session.account.role = "security";
    await route.fulfill({ response, json: session });
  });
  await page.goto("/access");
  await settled(page);
  await expect(page.getByLabel("New password")).toBeVisible();
  const tabs = page.getByRole("navigation", { name: "Parts" }).getByRole("link");
  await expect(tabs).toHaveText(["Trail", "Your password"]);
  await tabs.first().click();
  await settled(page);
  await expect(page).toHaveURL(/\/access\/trail$/);
  await expect(tabs.first()).toHaveAttribute("aria-current", "page");
});

test("tells what was refused at the door, and why", async ({ page }) => {
  await page.goto("/admission?decision=denied");
  await settled(page);
  const refused = page.locator(".review-head", { hasText: "shop/debug" }).first();
  await expect(refused).toContainText("create pods");
  await expect(refused).toContainText("ben@shop.example");
  await refused.click();
  const body = page.locator(".review-body");
  await expect(body).toContainText("CFD-POD-0001");
  await expect(body).toContainText("passes with");
  await body.getByRole("link", { name: "all by this user" }).click();
  await settled(page);
  await expect(page).toHaveURL(/user=ben/);
  await expect(page.locator(".review-head").first()).toContainText("ben@shop.example");
});

test("tells who did what, to whom all namespaces may be shown", async ({ page }) => {
  await page.goto("/cluster/events?q=redis-cli");
  await settled(page);
  const row = page.locator("tbody tr").first();
  await expect(row).toContainText("ben@shop.example");
  await expect(row).toContainText("pods/exec");
  // What was said to the program may be a password, and is in no recording.
  await expect(row).toContainText("redis-cli …");

  await page.route("**/api/v1/session", async (route) => {
    const response = await route.fetch();
    const session = await response.json();
    session.account.role = "developer";
    session.account.namespaces = ["shop"];
    await route.fulfill({ response, json: session });
  });
  await page.goto("/cluster/events");
  await settled(page);
  const tabs = page.getByRole("navigation", { name: "Parts" }).getByRole("link");
  await expect(tabs).toHaveText([/^Nodes/, /^Namespaces/]);
  await expect(tabs.first()).toHaveAttribute("aria-current", "page");
});

test("sets the mode of a policy, where that is allowed", async ({ page }) => {
  await page.goto("/policies");
  await settled(page);
  const modes = page.locator("fieldset.segments").first();
  const isReader = (await modes.count()) === 0;
  test.info().annotations.push({ type: "modes", description: isReader ? "shown" : "set" });
  if (isReader) return;
  const before = await modes.locator("input:checked").getAttribute("value");
  const next = before === "warn" ? "audit" : "warn";
  for (const mode of [next, before ?? "audit"]) {
    await modes.locator(`input[value="${mode}"]`).check();
    await expect(page.locator(".toast")).toContainText(mode);
    await page.reload();
    await settled(page);
    await expect(modes.locator(`input[value="${mode}"]`)).toBeChecked();
  }
});

test("sets what becomes of requests that nobody answers", async ({ page }) => {
  await page.goto("/policies");
  await settled(page);
  await page.locator("tbody [data-lead]").first().click();
  await expect(page.getByRole("heading", { name: "At the door" })).toBeVisible();
  await settled(page);
  const choice = page.getByLabel("If Cofferdam does not answer");
  if ((await choice.count()) === 0) return;
  const before = await choice.inputValue();
  const next = before === "fail" ? "ignore" : "fail";
  const says = { fail: "the API server refuses", ignore: "objects are created unjudged" };
  for (const value of [next, before] as ("fail" | "ignore")[]) {
    await choice.selectOption(value);
    await expect(page.locator(".toast")).toContainText(value);
    await expect(page.getByText(says[value])).toBeVisible();
    await page.reload();
    await settled(page);
    await expect(choice).toHaveValue(value);
  }
  await accessible(page, "at the door");
});

test("counts findings the same everywhere", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  const critical = page.locator(".legend a", { hasText: "critical" });
  const count = (await critical.locator("b").textContent()) ?? "";
  await expect(page.locator(".chart .is-critical .label")).toHaveText(count);
  await expect(page.locator("main h1")).toContainText(count === "0" ? "" : `${count} critical`);
  await critical.click();
  await settled(page);
  await expect(page.locator(".filters .total")).toHaveText(new RegExp(`^${count} findings?$`));
});

test("says why of a finding, and how to mend it", async ({ page }) => {
  await page.goto("/findings?severity=critical&subjectKind=workload&q=privileged");
  await settled(page);
  await page.locator(".finding-head").first().click();
  const body = page.locator(".finding-body");
  for (const part of ["Score", "Decided by", "It rests on"]) {
    await expect(body.getByText(part, { exact: true })).toBeVisible();
  }
  // A fact says where it was read.
  await expect(body.locator("dd", { hasText: "privileged = true" })).toContainText(/\/[a-z]+$/);
  await expect(body.getByRole("button", { name: "Copy kubectl patch" })).toBeVisible();
  await body.getByRole("link", { name: /^CFD-/ }).click();
  await expect(page).toHaveURL(/\/policies\/CFD-POD-0001$/);
});

test("shows what ran then, and nothing of now", async ({ page }) => {
  await page.goto("/workloads?at=2020-01-01T00:00:00.000Z");
  await settled(page);
  await expect(page.getByText(/As of 20(19|20)-/)).toBeVisible();
  await expect(page.getByText("What ran then")).toBeVisible();
  await expect(page.getByLabel("Any exposure")).toHaveCount(0);
});

test("asks for a password of one's own before anything else", async ({ page, browser }) => {
  const name = `new-${Date.now()}`;
  const first = "known to whoever made it";
  await page.goto("/access");
  await settled(page);
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByLabel("First password").fill(first);
  await page.getByRole("button", { name: "Add account" }).click();
  await expect(page.locator(".toast")).toContainText(name);

  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const own = await context.newPage();
  const signIn = async (password: string) => {
    await own.getByLabel("Name").fill(name);
    await own.getByLabel("Password").fill(password);
    await own.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await own.goto("/workloads");
  await signIn(first);
  await expect(own.getByRole("heading", { name: "A password of your own" })).toBeVisible();
  await own.goto("/findings");
  await expect(own.getByRole("heading", { name: "A password of your own" })).toBeVisible();
  await accessible(own, "a first password");
  await own.getByLabel("Password until now").fill(first);
  await own.getByLabel("New password").fill("known to nobody else");
  await own.getByRole("button", { name: "Change the password" }).click();
  await signIn("known to nobody else");
  await expect(own.getByRole("navigation", { name: "Views" })).toBeVisible();
  await context.close();
});
