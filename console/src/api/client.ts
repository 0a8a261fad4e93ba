/** Requests to the API of this server; errors carry the problem details it answered with. */

import type { Problem } from "./types";

const BASE = "/api/v1";

let csrf = "";

/** Remembers the token that every change has to show (it comes with the session). */
export function rememberCsrf(token: string) {
  csrf = token;
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** A query string of what is set, in a stable order, with `?` where there is any. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(values).sort()) {
    const value = values[key];
    if (value !== null && value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>("GET", path, undefined, signal);
}

export async function change<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  return send<T>(method, path, body);
}

async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET" && csrf) headers["X-Cofferdam-CSRF"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  let response: Response;
  try {
    response = await fetch(BASE + path, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(problem(path, 0, "The server does not answer"));
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(problemOf(response, text));
  return (text ? JSON.parse(text) : undefined) as T;
}

function problemOf(response: Response, text: string): Problem {
  try {
    const told = JSON.parse(text) as Problem;
    if (typeof told.title === "string") return { ...told, status: response.status };
  } catch {
    // Not a problem document: a proxy in between, most likely.
  }
  const title = response.statusText || `HTTP ${response.status}`;
  return problem(new URL(response.url).pathname, response.status, title);
}

function problem(instance: string, status: number, title: string): Problem {
  return { type: "about:blank", title, status, detail: "", instance };
}
