import { defineConfig } from "@playwright/test";

/**
 * The tests run against any server:
 *   BASE_URL     where the console is
 *   LOGIN_CODE   a one-time code that it printed
 *   SCREENSHOTS  the folder that the pictures go to; none are taken without it
 *   CHROMIUM     the browser; Debian's if absent
 * and, instead, against an installation with planted sins (tests/live.ts):
 *   PASSWORD     the first account's
 *   SINS         what is to be seen: [["Deployment shop/api", "CFD-SEC-0001"], …]
 */
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // One session for all, for the code works once.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["line"]],
  use: {
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:4700",
    viewport: { width: 1360, height: 860 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
  projects: process.env.SINS
    ? [{ name: "live", testMatch: "live.ts", use: { ignoreHTTPSErrors: true } }]
    : [
        { name: "sign-in", testMatch: "sign-in.setup.ts" },
        { name: "console", testMatch: "*.spec.ts", dependencies: ["sign-in"] },
      ],
});
