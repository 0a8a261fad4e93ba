/** The stream of changes: whether it is open, and what it says. */

import { useEffect, useSyncExternalStore } from "react";
import { refresh } from "./queries";
import type { Changed } from "./types";

/** Changes within this time are answered by one round of requests, milliseconds. */
const GATHER = 600;

/** Streams that break sooner than this are no news, milliseconds. */
const PATIENCE = 4_000;

let live = true;
const listeners = new Set<() => void>();

function say(state: boolean) {
  if (live === state) return;
  live = state;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether views follow the server at the moment. */
export function useIsLive(): boolean {
  return useSyncExternalStore(subscribe, () => live);
}

/** Keeps the stream open while the component is on screen. */
export function useWatch() {
  useEffect(() => {
    const gathered = new Set<Changed["kind"]>();
    let timer: number | undefined;
    let broken: number | undefined;
    const source = new EventSource("/api/v1/watch");
    source.onopen = () => {
      window.clearTimeout(broken);
      broken = undefined;
      // What changed while nobody listened is unknown.
      if (!live) void refresh(["workload", "image", "finding", "review", "cluster"]);
      say(true);
    };
    source.onerror = () => {
      broken ??= window.setTimeout(() => say(false), PATIENCE);
    };
    source.addEventListener("changed", (event: MessageEvent<string>) => {
      gathered.add((JSON.parse(event.data) as Changed).kind);
      timer ??= window.setTimeout(() => {
        timer = undefined;
        void refresh(gathered);
        gathered.clear();
      }, GATHER);
    });
    return () => {
      source.close();
      window.clearTimeout(timer);
      window.clearTimeout(broken);
    };
  }, []);
}
