/** What a policy does: shown to all, set by who may. */

import { useState } from "react";
import { change } from "../api/client";
import { refresh } from "../api/queries";
import { useMay } from "../api/session";
import type { Mode } from "../api/types";
import { say } from "./toast";
import { MODES, ModeWord } from "./words";

export function ModeControl({ code, mode }: { code: string; mode: Mode }) {
  const may = useMay("security", "admin");
  const [wanted, setWanted] = useState<Mode | null>(null);
  if (!may) return <ModeWord of={mode} />;
  const set = async (next: Mode) => {
    setWanted(next);
    try {
      await change("PUT", `/policies/${encodeURIComponent(code)}/mode`, { mode: next });
      say(`${code}: ${next}`);
    } catch (error) {
      say(`${code} stays as it was: ${error instanceof Error ? error.message : error}`);
    }
    // Until the lists are read again they say what was.
    await refresh(["finding"]);
    setWanted(null);
  };
  const current = wanted ?? mode;
  return (
    <fieldset className="segments" aria-label={`Mode of ${code}`}>
      {MODES.map(([value, name, what]) => (
        <label key={value} title={what}>
          <input
            type="radio"
            name={`mode-${code}`}
            value={value}
            checked={current === value}
            disabled={wanted !== null}
            onChange={() => void set(value)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
