/// <reference types="vitest/config" />

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Files that are smaller than this do not become faster by being packed, bytes. */
const PACKED_FROM = 1024;

/** Puts a packed copy beside each large file, for the server to send as it is. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    async writeBundle({ dir = "dist" }) {
      const assets = join(dir, "assets");
      for (const name of await readdir(assets)) {
        const text = await readFile(join(assets, name));
        if (text.length < PACKED_FROM || name.endsWith(".gz")) continue;
        await writeFile(join(assets, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

// The console is served under a policy that allows nothing inline, so nothing may be inlined here.
export default defineConfig({
  plugins: [react(), packed()],
  build: {
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
