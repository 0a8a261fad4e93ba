/** The time machine: what ran, or was open, at a given time. */

import { useEffect, useRef } from "react";
import { Link, navigate, usePath, useSearch, withSearch } from "../router";
import { absolute } from "../text/format";
import { Icon } from "./icons";

/** A moment in the form of the browser's field, which knows no time zones: local time. Nothing of what is no time. */
function local(at: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return "";
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

interface Props {
  /** What is asked, before the time. */
  asks: string;
  /** What the address may choose or sort by, and only as it is now. */
  ofNow?: string[];
}

/** What a list of an earlier time tells, and what not. */
export function Past({ children }: { children: string }) {
  return <p className="as-of-note soft">{children}</p>;
}

export function AsOf({ asks, ofNow = [] }: Props) {
  const path = usePath();
  const params = useSearch();
  const at = params.get("at");
  const shown = at ? local(at) : "";
  // Not with each digit: a year that is typed is at first another year.
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current) field.current.value = shown;
  }, [shown]);
  const commit = () => {
    const { value = shown, validity } = field.current ?? {};
    if (value === shown || validity?.badInput) return;
    const next = value ? new Date(value).toISOString() : null;
    const without = Object.fromEntries(ofNow.map((name) => [name, null]));
    navigate(withSearch(path, params, { ...(next && without), at: next }), true);
  };
  return (
    <details
      className="as-of"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.currentTarget.open = false;
        event.stopPropagation();
      }}
    >
      <summary className={at ? "button is-small is-set" : "button is-small"}>
        <Icon name="clock" size={14} />
        {at ? (
          <span title={absolute(at)}>As of {shown.replace("T", " ") || "?"}</span>
        ) : (
          "As of now"
        )}
      </summary>
      <div className="as-of-box">
        <label className="field">
          {asks}
          <input
            className="input"
            type="datetime-local"
            ref={field}
            defaultValue={shown}
            max={local(new Date().toISOString())}
            onBlur={commit}
            onKeyDown={({ key, currentTarget }) => {
              if (key === "Enter") commit();
              if (key === "Escape") currentTarget.value = shown;
            }}
          />
        </label>
        <span className="stack-row">
          <button type="button" className="button is-small" onClick={commit}>
            Show
          </button>
          {at && (
            <Link className="button is-small" to={withSearch(path, params, { at: null })} replace>
              Back to now
            </Link>
          )}
        </span>
      </div>
    </details>
  );
}
