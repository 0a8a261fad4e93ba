/** The time machine: what was known on a given day. */

import { Link, navigate, usePath, useSearch, withSearch } from "../router";
import { absolute } from "../text/format";

/** A moment in the form of the browser's field, which knows no time zones: local time. */
function local(at: string): string {
  const moment = new Date(at);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function AsOf() {
  const path = usePath();
  const params = useSearch();
  const at = params.get("at");
  return (
    <div className="as-of">
      {at && (
        <>
          <span className="chip is-medium" title={absolute(at)}>
            As it was then
          </span>
          <Link
            className="button is-small is-plain"
            to={withSearch(path, params, { at: null })}
            replace
          >
            Back to now
          </Link>
        </>
      )}
      <label>
        <span className="small soft">As of</span>{" "}
        <input
          className={at ? "input is-set" : "input"}
          type="datetime-local"
          value={at ? local(at) : ""}
          max={local(new Date().toISOString())}
          onChange={(event) => {
            const { value } = event.target;
            const next = value ? new Date(value).toISOString() : null;
            navigate(withSearch(path, params, { at: next }), true);
          }}
        />
      </label>
    </div>
  );
}
