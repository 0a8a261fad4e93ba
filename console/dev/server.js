/**
 * A fake of the server, for developing the console alone: it serves dist/ under the real
 * Content-Security-Policy, and invented data. It proves nothing about the real one.
 *
 *     npm run build && npm run fixture
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import * as data from "./data.js";

const PORT = Number(process.env.PORT ?? 4700);
const DIST = new URL("../dist", import.meta.url).pathname;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/**
 * Filters, sorts and pages as the real server does, more or less.
 * @param {readonly any[]} all @param {URLSearchParams} params @param {string} [standard]
 */
function listed(all, params, standard = "") {
  const known = new Set(["limit", "after", "sort", "q", "at", "severity"]);
  const q = params.get("q")?.toLowerCase();
  const severity = params.get("severity");
  let items = all.filter((item) => !q || JSON.stringify(item).toLowerCase().includes(q));
  for (const [key, value] of params) {
    if (!known.has(key)) items = items.filter((item) => String(item[key]) === value);
  }
  if (severity) {
    items = items.filter((item) => item.severity === severity || item.counts?.[severity] > 0);
  }
  const sort = params.get("sort") ?? standard;
  const key = sort.replace("-", "");
  /** @param {any} item */
  const value = (item) => item[key] ?? item.counts?.[key] ?? "";
  if (key) items = items.toSorted((one, other) => (value(one) < value(other) ? -1 : 1));
  if (sort.startsWith("-")) items.reverse();
  const limit = Number(params.get("limit") ?? 50);
  const after = Number(params.get("after") ?? 0);
  const next = after + limit < items.length ? String(after + limit) : null;
  return {
    items: items.slice(after, after + limit),
    total: items.length,
    totalIsExact: true,
    next,
  };
}

/** @type {[RegExp, (params: URLSearchParams, id: string) => unknown][]} */
const READS = [
  [/^\/overview$/, () => data.overview],
  [
    /^\/workloads$/,
    (params) =>
      params.has("at")
        ? listed(data.workloads.map(past), params, "name")
        : listed(data.workloads, params, "-score"),
  ],
  [/^\/workloads\/([^/]+)$/, (_, id) => workload(id)],
  [/^\/workloads\/w-shop-web\/manifest$/, () => data.manifest],
  [/^\/workloads\/([^/]+)\/history$/, (params) => listed(data.history, params)],
  [/^\/findings$/, (params) => listed(data.findings, params, "-score")],
  [/^\/findings\/([^/]+)$/, (_, id) => data.findings.find((one) => one.id === id)],
  [/^\/images$/, (params) => listed(data.images, params, "-score")],
  [/^\/images\/([^/]+)$/, (_, id) => image(id)],
  [/^\/images\/([^/]+)\/packages$/, (params) => listed(data.packages, params, "name")],
  [
    /^\/images\/([^/]+)\/vulnerabilities$/,
    (params) => listed(data.vulnerabilities, params, "-score"),
  ],
  [/^\/images\/([^/]+)\/secrets$/, (params) => listed(data.secrets, params)],
  [/^\/policies$/, (params) => listed(data.policies, params, "code")],
  [/^\/policies\/([^/]+)$/, (_, id) => policy(id)],
  [/^\/admission\/reviews$/, (params) => listed(data.reviews, params)],
  [
    /^\/admission\/status$/,
    () => ({
      installed: true,
      caExpires: data.reviews[0]?.at,
      certificateExpires: new Date(Date.now() + 6e8).toISOString(),
      reviews: 1946,
      p50: 310,
      p99: 1420,
      failedOpen: 0,
    }),
  ],
  [/^\/cluster$/, () => data.clusterWhole],
  [
    /^\/cluster\/namespaces$/,
    () => ({ names: data.clusterWhole.namespaceList.map(({ name }) => name), more: false }),
  ],
  [/^\/cluster\/events$/, (params) => listed(data.events, params)],
  [/^\/access\/accounts$/, (params) => listed(data.accounts, params)],
  [/^\/access\/tokens$/, (params) => listed(data.tokens, params)],
  [/^\/access\/trail$/, (params) => listed(data.trail, params)],
];

/** A workload as of an earlier time: nobody keeps the rest. @param {object} row */
function past(row) {
  const of = ["replicas", "ready", "score", "scoreWhy", "exposure", "privileged"];
  const unkept = [...of, "serviceAccount", "lastSeen"].map((key) => [key, null]);
  return { ...row, ...Object.fromEntries(unkept) };
}

/** @param {string} id */
function workload(id) {
  const row = data.workloads.find((one) => one.id === id);
  if (!row) return undefined;
  const isWeb = id === "w-shop-web";
  return {
    ...data.web,
    ...row,
    ...(isWeb ? {} : { attackPaths: [], drift: [], services: [], hasManifest: false }),
  };
}

/** @param {string} id */
function image(id) {
  const row = data.images.find((one) => one.id === id);
  return (
    row && {
      ...data.image,
      ...row,
      ...(row.state === "scanned" ? {} : { layers: [], problems: [] }),
    }
  );
}

/** @param {string} code */
function policy(code) {
  const row = data.policies.find((one) => one.code === code);
  return row && data.policyOf(row);
}

/** Accounts that were made, and whether they still have their first password. @type {Map<string, boolean>} */
const made = new Map();

/** @param {string} name */
function session(name) {
  const account = { ...data.session.account, name, mustChange: made.get(name) ?? false };
  return { ...data.session, account };
}

createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  /** @param {number} status @param {unknown} body */
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (!url.pathname.startsWith("/api/v1")) return serve(url.pathname, response);
  const path = url.pathname.slice("/api/v1".length);
  let body = "";
  for await (const chunk of request) body += chunk;
  const who = /fixture=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  if (path === "/session" && request.method === "POST") {
    const { code, name } = JSON.parse(body);
    const known = code === data.CODE ? "admin" : name;
    if (known !== "admin" && !made.has(known))
      return answer(401, { title: "Unauthorized", status: 401, detail: "Wrong" });
    response.setHeader("set-cookie", `fixture=${known}; HttpOnly; SameSite=Strict; Path=/`);
    return answer(200, session(known));
  }
  if (!who) return answer(401, { title: "Unauthorized", status: 401, detail: "Sign in" });
  if (path === "/session" && request.method === "GET") return answer(200, session(who));
  if (path === "/session/password") made.set(who, false);
  if (path.startsWith("/session") && request.method !== "GET") {
    response.setHeader("set-cookie", "fixture=; Max-Age=0; Path=/");
    return answer(200, {});
  }
  if (path === "/watch") {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
    const timer = setInterval(
      () => response.write('event: changed\ndata: {"kind":"review","id":null}\n\n'),
      20_000,
    );
    request.on("close", () => clearInterval(timer));
    return;
  }
  if (request.method !== "GET") {
    const mode = /^\/policies\/([^/]+)\/mode$/.exec(path);
    const row = data.policies.find((one) => one.code === mode?.[1]);
    if (row) Object.assign(row, JSON.parse(body));
    if (path === "/access/accounts") made.set(JSON.parse(body).name, true);
    if (path === "/access/tokens")
      return answer(201, {
        token: { ...data.tokens[0], name: JSON.parse(body).name },
        value: "cfd_example_of_a_token",
      });
    return answer(200, {});
  }
  for (const [pattern, read] of READS) {
    const found = pattern.exec(path);
    const value = found && read(url.searchParams, found[1] ?? "");
    if (value) return answer(200, value);
  }
  answer(404, { title: "Not found", status: 404, detail: `Nothing is at ${path}.` });
}).listen(PORT, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${PORT}/#code=${data.CODE}`);
});

/** @param {string} path @param {import("node:http").ServerResponse} response */
async function serve(path, response) {
  const wanted = join(DIST, normalize(path));
  const isFile = wanted.startsWith(DIST) && extname(wanted) !== "";
  try {
    const bytes = await readFile(isFile ? wanted : join(DIST, "index.html"));
    const type = isFile ? TYPES[extname(wanted)] : "text/html";
    response.writeHead(200, {
      "content-type": type ?? "application/octet-stream",
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
    });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}
