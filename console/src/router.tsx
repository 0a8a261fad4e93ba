/** Every view and filter state is an address; this is all that knows of the browser's. */

import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";

const MOVED = "cofferdam:moved";

let moved = false;

/** Whether another view was gone to since the page was loaded. */
export function hasMoved(): boolean {
  return moved;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(MOVED, listener);
  };
}

/** Goes to an address of the console; `replace` leaves no step to go back to. */
export function navigate(to: string, replace = false) {
  const before = window.location.pathname;
  if (replace) window.history.replaceState(null, "", to);
  else window.history.pushState(null, "", to);
  if (window.location.pathname !== before) moved = true;
  if (!replace) window.scrollTo(0, 0);
  window.dispatchEvent(new Event(MOVED));
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function useSearch(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, () => window.location.search));
}

/** The address of the same view with other filters; an empty value removes one. The page is the first again. */
export function withSearch(
  path: string,
  search: URLSearchParams,
  changes: Record<string, string | null>,
): string {
  const next = new URLSearchParams(search);
  if (!("after" in changes)) next.delete("after");
  for (const [key, value] of Object.entries(changes)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}

/** Matches `/workloads/:id/:tab?`; null where the path is another one. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const parts = path.replace(/\/+$/, "").split("/").slice(1);
  const names = pattern.replace(/\/+$/, "").split("/").slice(1);
  if (parts.length > names.length) return null;
  const found: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index];
    if (name.startsWith(":")) {
      if (part === undefined && !name.endsWith("?")) return null;
      if (part === undefined) continue;
      const value = decoded(part);
      if (value === null) return null;
      found[name.replace(/[:?]/g, "")] = value;
    } else if (part !== name) return null;
  }
  return found;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string; replace?: boolean };

/** A link within the console: opens in a new tab like any other. */
export function Link({ to, replace = false, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (event.defaultPrevented || !plain || event.altKey) return;
    event.preventDefault();
    navigate(to, replace);
  };
  return <a {...rest} href={to} onClick={follow} />;
}
