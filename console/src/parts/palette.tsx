/** Going anywhere by typing: views, workloads, images and policies by their names. */

import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from "react";
import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { ImageRow, Listed, PolicyRow, WorkloadRow } from "../api/types";
import { navigate } from "../router";
import { Icon, type IconName } from "./icons";
import { PLACES } from "./keys";

/** How many of each kind are offered. */
const EACH = 5;

/** Letters before the server is asked. */
const LETTERS = 2;

interface Hit {
  to: string;
  title: string;
  note: string;
  icon: IconName;
}

export function Palette({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="dialog palette" aria-label="Go to" onClose={close}>
      {open && <Chooser close={close} />}
    </dialog>
  );
}

function useHits(text: string): Hit[] {
  const asked = text.length >= LETTERS ? query({ q: text, limit: EACH }) : null;
  const workloads = useApi<Listed<WorkloadRow>>(asked && `/workloads${asked}`);
  const images = useApi<Listed<ImageRow>>(asked && `/images${asked}`);
  const policies = useApi<Listed<PolicyRow>>(asked && `/policies${asked}`);
  const places = PLACES.filter(([, , name]) => name.toLowerCase().includes(text.toLowerCase()));
  const hits: Hit[] = places.map(([key, to, title]) => ({
    to,
    title,
    note: `g ${key}`,
    icon: title.toLowerCase() as IconName,
  }));
  if (asked === null) return hits;
  for (const row of workloads.data?.items ?? []) {
    const note = `${row.kind} in ${row.namespace}`;
    hits.push({ to: `/workloads/${row.id}`, title: row.name, note, icon: "workloads" });
  }
  for (const row of images.data?.items ?? []) {
    const title = row.tag ? `${row.name}:${row.tag}` : row.name;
    hits.push({ to: `/images/${row.id}`, title, note: "Image", icon: "images" });
  }
  for (const row of policies.data?.items ?? []) {
    hits.push({ to: `/policies/${row.code}`, title: row.title, note: row.code, icon: "policies" });
  }
  return hits;
}

function Chooser({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const hits = useHits(useDeferredValue(text.trim()));
  const here = Math.min(at, hits.length - 1);
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    navigate(hit.to);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(here + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(here - 1, 0));
    else if (event.key === "Enter") go(hits[here]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className="input"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls="palette-hits"
        aria-activedescendant={hits[here] ? `hit-${here}` : undefined}
        placeholder="Go to a view, workload, image or policy"
        autoComplete="off"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into this field
        autoFocus
        value={text}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <div id="palette-hits" className="hits" role="listbox" aria-label="Places" tabIndex={-1}>
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox
          <div
            key={hit.to}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === here}
            onClick={() => go(hit)}
            onMouseMove={() => setAt(index)}
          >
            <Icon name={hit.icon} />
            <span className="cut">{hit.title}</span>
            <span className="faint small">{hit.note}</span>
          </div>
        ))}
        {hits.length === 0 && <p className="faint">Nothing is called like this.</p>}
      </div>
    </>
  );
}
