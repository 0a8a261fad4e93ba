/** The keyboard: walking lists, going to views, searching; and the page that says so. */

import { useEffect, useRef, useState } from "react";
import { navigate } from "../router";
import { Icon } from "./icons";

/** `g` and then one of these. */
export const PLACES: [string, string, string][] = [
  ["o", "/", "Overview"],
  ["w", "/workloads", "Workloads"],
  ["f", "/findings", "Findings"],
  ["i", "/images", "Images"],
  ["p", "/policies", "Policies"],
  ["a", "/admission", "Admission"],
  ["c", "/cluster", "Cluster"],
  ["u", "/access", "Access"],
];

/** How long `g` waits for its letter, milliseconds. */
const PREFIX = 1_200;

const SETTING = "cofferdam.keys";

function areOn(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** Listens to the keys of the console while it is on screen. */
export function useKeys(showHelp: () => void, showPalette: () => void) {
  useEffect(() => {
    let prefixed = 0;
    const listen = (event: KeyboardEvent) => {
      if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
        if (!document.querySelector("dialog[open]")) showPalette();
        return event.preventDefault();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key === "Escape") return leave(event);
      if (isTyping(event.target) || document.querySelector("dialog[open]") || !areOn()) return;
      const isPrefixed = Date.now() - prefixed < PREFIX;
      prefixed = event.key === "g" && !isPrefixed ? Date.now() : 0;
      const place = isPrefixed && PLACES.find(([letter]) => letter === event.key);
      if (place) navigate(place[1]);
      else if (!press(event.key, showHelp)) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [showHelp, showPalette]);
}

/** Does what a key without a prefix stands for; false when it stands for nothing. */
function press(key: string, showHelp: () => void): boolean {
  if (key === "j") walk(1);
  else if (key === "k") walk(-1);
  else if (key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
  else if (key === "]") document.querySelector<HTMLElement>("[data-next]")?.click();
  else if (key === "?") showHelp();
  else return false;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches("input:not([type=radio]), select, textarea")
  );
}

/** Moves the focus to the next or previous line of the view's list. */
function walk(by: number) {
  const leads = [...document.querySelectorAll<HTMLElement>("main [data-lead]")].filter(
    (lead) => lead.offsetParent !== null,
  );
  const here = leads.indexOf(document.activeElement as HTMLElement);
  const next = leads[here < 0 ? (by > 0 ? 0 : leads.length - 1) : here + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Escape: out of the field, out of what is open, up to the list. */
function leave(event: KeyboardEvent) {
  if (document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target instanceof HTMLElement && isTyping(target)) return target.blur();
  const up = document.querySelector<HTMLElement>("[data-close]") ?? lastCrumb();
  up?.click();
}

function lastCrumb(): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(".crumbs a")].at(-1);
}

export function KeyHelp({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [on, setOn] = useState(areOn);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const toggle = (next: boolean) => {
    setOn(next);
    try {
      localStorage.setItem(SETTING, next ? "on" : "off");
    } catch {
      // Kept for this page only.
    }
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="keys-title" onClose={close}>
      <div className="dialog-head">
        <h2 id="keys-title">Keyboard</h2>
        <button type="button" className="button is-plain is-small" onClick={close}>
          <Icon name="close" />
          <span className="hidden">Close</span>
        </button>
      </div>
      <div className="keys-columns">
        <dl className="keys">
          <Key name="Go anywhere" keys={["Ctrl", "k"]} />
          <Key name="Search" keys={["/"]} />
          <Key name="Next, previous line" keys={["j", "k"]} />
          <Key name="Open" keys={["Enter"]} />
          <Key name="Close, up" keys={["Esc"]} />
          <Key name="Next page" keys={["]"]} />
          <Key name="This help" keys={["?"]} />
        </dl>
        <dl className="keys">
          {PLACES.map(([letter, , name]) => (
            <Key key={letter} name={name} keys={["g", letter]} />
          ))}
        </dl>
      </div>
      <p className="keys-switch">
        <label>
          <input type="checkbox" checked={on} onChange={(event) => toggle(event.target.checked)} />{" "}
          Listen to single letters
        </label>
      </p>
    </dialog>
  );
}

function Key({ name, keys }: { name: string; keys: string[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
  );
}
