/** Code, differences, and things to copy. */

import type { Operation } from "../api/types";
import { diff, kubectl, type Target } from "../text/patch";
import { toYaml } from "../text/yaml";
import { Icon } from "./icons";
import { copy } from "./toast";

export function CopyButton({ text, name }: { text: string; name: string }) {
  return (
    <button type="button" className="button is-small" onClick={() => void copy(text, name)}>
      <Icon name="copy" size={13} />
      Copy {name}
    </button>
  );
}

/** Code that scrolls can be reached and scrolled with the keyboard. */
export function Code({
  text,
  label,
  wrapped = false,
}: {
  text: string;
  label: string;
  wrapped?: boolean;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <section className={wrapped ? "code is-wrapped" : "code"} tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}

interface PatchProps {
  patch: Operation[];
  manifest?: string | undefined;
  target?: Target | null | undefined;
}

/** A fix: what changes in the manifest, and the command that changes it. */
export function Patch({ patch, manifest, target }: PatchProps) {
  const hunks = manifest ? diff(manifest, patch) : null;
  return (
    <div className="patch">
      {hunks && hunks.length > 0 ? <Diff hunks={hunks} /> : <Operations patch={patch} />}
      <div className="actions">
        {target && <CopyButton text={kubectl(target, patch)} name="kubectl patch" />}
        <CopyButton text={JSON.stringify(patch, null, 2)} name="JSON patch" />
      </div>
    </div>
  );
}

function Diff({ hunks }: { hunks: NonNullable<ReturnType<typeof diff>> }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <section className="diff" aria-label="The change" tabIndex={0}>
      {hunks.map((hunk, index) => [
        index > 0 && <hr key={`${index}-`} />,
        ...hunk.map((line, number) => (
          <span key={`${index}-${number}`} className={classOf(line.sign)}>
            <span className="line-number">{line.line ?? ""}</span>
            <span className="sign">{line.sign}</span>
            <span>{line.text || " "}</span>
          </span>
        )),
      ])}
    </section>
  );
}

function classOf(sign: string): string | undefined {
  if (sign === " ") return undefined;
  return sign === "+" ? "is-new" : "is-gone";
}

/** The operations themselves, where the text to change is not at hand. */
function Operations({ patch }: { patch: Operation[] }) {
  const lines = patch.flatMap((operation, index) => {
    const value = operation.value === undefined ? [] : toYaml(operation.value, 2);
    return [{ key: index, text: `${operation.op} ${operation.path}`, value }];
  });
  return (
    <pre className="code is-wrapped">
      {lines.map(({ key, text, value }) => `${key > 0 ? "\n" : ""}${[text, ...value].join("\n")}`)}
    </pre>
  );
}
