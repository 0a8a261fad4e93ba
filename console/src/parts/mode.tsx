/** What a policy does at the door: shown to all, set by who may. */

import { useState } from "react";
import { change } from "../api/client";
import { refresh } from "../api/queries";
import { useMay } from "../api/session";
import type { ModeChange, OnFailure, PolicyRow, Updates } from "../api/types";
import { Section } from "./page";
import { say } from "./toast";
import { MODES, ModeWord } from "./words";

/** What is not said stays as it was. */
type Change = Pick<ModeChange, "mode"> & Partial<ModeChange>;

type Rules = Pick<PolicyRow, "code" | "mode" | "onFailure" | "stages" | "updates">;

/** Whether a policy is asked at the door: only then there is something to set. */
const isAsked = (policy: Rules) => policy.stages.includes("admission");

/** What holds, with what was just asked for; and how to ask for something else. */
function useRules(policy: Rules) {
  const { code } = policy;
  const [wanted, setWanted] = useState<Change | null>(null);
  const set = async (next: Change) => {
    setWanted(next);
    try {
      await change("PUT", `/policies/${encodeURIComponent(code)}/mode`, next);
      say(`${code}: ${next.onFailure ?? next.updates ?? next.mode}`);
    } catch (error) {
      say(`${code} stays as it was: ${error instanceof Error ? error.message : error}`);
    }
    // Until the lists are read again they say what was.
    await refresh(["finding"]);
    setWanted(null);
  };
  return {
    mode: wanted?.mode ?? policy.mode,
    onFailure: wanted?.onFailure ?? policy.onFailure,
    updates: wanted?.updates ?? policy.updates,
    isBusy: wanted !== null,
    set: (next: Change) => void set(next),
  };
}

/** What stands for the mode of a policy that is not asked at the door: it is not off, but judged elsewhere. */
function NotAsked({ stages }: Pick<Rules, "stages">) {
  const [name, what] = stages.includes("background")
    ? ["Not at the door", "Judged at build and in the background"]
    : ["Build only", "Judged where something is built, not in the cluster"];
  return (
    <span className="faint" title={what}>
      {name}
    </span>
  );
}

export function ModeControl({ policy }: { policy: Rules }) {
  const may = useMay("security", "admin");
  const { mode, isBusy, set } = useRules(policy);
  if (!isAsked(policy)) return <NotAsked stages={policy.stages} />;
  if (!may) return <ModeWord of={policy.mode} />;
  return (
    <fieldset className="segments" aria-label={`Mode of ${policy.code}`}>
      {MODES.map(([value, name, what]) => (
        <label key={value} title={what}>
          <input
            type="radio"
            name={`mode-${policy.code}`}
            value={value}
            checked={mode === value}
            disabled={isBusy}
            onChange={() => set({ mode: value })}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

const FAILURES: [OnFailure, string, string][] = [
  [
    "ignore",
    "Let it pass",
    "While Cofferdam does not answer, objects are created unjudged. What is wrong with them is found in the background, once it is back.",
  ],
  [
    "fail",
    "Refuse it",
    "While Cofferdam does not answer, the API server refuses what this policy is about: nothing unjudged gets in, and nobody can create or change such objects until it is back.",
  ],
];

const UPDATES: [Updates, string, string][] = [
  [
    "lenient",
    "What gets worse",
    "Who changes an object that failed before may go on failing, but not in more ways.",
  ],
  [
    "strict",
    "All that fails",
    "Who changes an object has to mend it as well, though it failed before.",
  ],
];

/** What follows where the policy refuses: without an answer, and of what was there before. */
export function AtTheDoor({ policy }: { policy: Rules }) {
  const { mode, onFailure, updates, isBusy, set } = useRules(policy);
  const enforces = mode === "enforce";
  if (!isAsked(policy)) {
    return (
      <Section title="At the door">
        <p className="small soft">Not asked there: nothing that it is about comes to the door.</p>
      </Section>
    );
  }
  return (
    <Section title="At the door">
      <div className="stack">
        <Choice
          label="If Cofferdam does not answer"
          choices={FAILURES}
          value={onFailure}
          isBusy={isBusy}
          set={(onFailure) => set({ mode, onFailure })}
        />
        <Choice
          label="Of changes it refuses"
          choices={UPDATES}
          value={updates}
          isBusy={isBusy}
          set={(updates) => set({ mode, updates })}
        />
        {!enforces && <p className="small soft">Both count once the mode is enforce.</p>}
      </div>
    </Section>
  );
}

function Choice<T extends string>({
  label,
  choices,
  value,
  isBusy,
  set,
}: {
  label: string;
  choices: [T, string, string][];
  value: T;
  isBusy: boolean;
  set: (value: T) => void;
}) {
  const may = useMay("security", "admin");
  const [, name, what] = choices.find(([choice]) => choice === value) ?? [value, value, ""];
  return (
    <div className="stack-small">
      {may ? (
        <label className="field">
          {label}
          <select
            className="input is-small"
            value={value}
            disabled={isBusy}
            onChange={(event) => set(event.target.value as T)}
          >
            {choices.map(([choice, text]) => (
              <option key={choice} value={choice}>
                {text}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <p>
          {label}: <strong>{name}</strong>
        </p>
      )}
      <p className="small soft">{what}</p>
    </div>
  );
}
