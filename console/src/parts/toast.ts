/** One line of news at the edge of the screen, read out too. */

import { useSyncExternalStore } from "react";

const TIME = 4_000;

let text = "";
let timer: number | undefined;
const listeners = new Set<() => void>();

export function say(news: string) {
  text = news;
  for (const listener of listeners) listener();
  window.clearTimeout(timer);
  if (news) timer = window.setTimeout(() => say(""), TIME);
}

export function useNews(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => text,
  );
}

export async function copy(what: string, name: string) {
  try {
    await navigator.clipboard.writeText(what);
    say(`${name} copied`);
  } catch {
    say("The browser does not allow copying here: select the text instead");
  }
}
