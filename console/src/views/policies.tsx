/** All policies in force, by area. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import { useSession } from "../api/session";
import type { Listed, PolicyRow } from "../api/types";
import { Filters, Nothing, Pager } from "../parts/list";
import { ModeControl } from "../parts/mode";
import { Head } from "../parts/page";
import { Loaded } from "../parts/states";
import { CountCell, MODES, SEVERITIES, Severity } from "../parts/words";
import { Link, useSearch } from "../router";
import { totalOf } from "../text/format";

export function Policies() {
  const params = useSearch();
  const { readOnly } = useSession();
  const asked = query({ limit: 500, ...Object.fromEntries(params) });
  const list = useApi<Listed<PolicyRow>>(`/policies${asked}`);
  const all = useApi<Listed<PolicyRow>>("/policies?limit=500");
  const areas = [...new Set(all.data?.items.map((policy) => policy.area))];
  return (
    <>
      <Head
        title="Policies"
        note={
          readOnly &&
          "This cluster is only read: a mode says what the door would do, and is kept until it stands."
        }
      />
      <Filters
        label="policies"
        total={list.data && totalOf(list.data, "policy", "policies")}
        choices={[
          { name: "area", label: "Any area", options: areas.map((area) => [area, area]) },
          { name: "mode", label: "Any mode", options: MODES.map(([mode, name]) => [mode, name]) },
          {
            name: "severity",
            label: "Any severity",
            options: SEVERITIES,
          },
        ]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title="No policy" />
              ) : (
                <Table rows={listed.items} />
              )}
            </div>
            <Pager listed={listed} one="policy" many="policies" />
          </>
        )}
      </Loaded>
    </>
  );
}

function byArea(rows: PolicyRow[]): [string, PolicyRow[]][] {
  const areas = new Map<string, PolicyRow[]>();
  for (const row of rows) areas.set(row.area, [...(areas.get(row.area) ?? []), row]);
  return [...areas];
}

function Table({ rows }: { rows: PolicyRow[] }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">Policy</th>
            <th scope="col" className="opt-2">
              Judged at
            </th>
            <th scope="col" className="num">
              Failing
            </th>
            <th scope="col" className="opt-1">
              Mode
            </th>
          </tr>
        </thead>
        {byArea(rows).map(([area, policies]) => (
          <tbody key={area}>
            <tr className="group">
              <th colSpan={5} scope="colgroup">
                {area}
              </th>
            </tr>
            {policies.map((policy) => (
              <tr key={policy.code}>
                <td>
                  <Severity of={policy.severity} />
                </td>
                <td className="name-cell wrap">
                  <Link className="lead" to={`/policies/${policy.code}`} data-lead>
                    {policy.title}
                  </Link>{" "}
                  <span className="faint small nowrap">{policy.code}</span>
                </td>
                <td className="opt-2 soft small">{policy.stages.join(", ")}</td>
                <CountCell value={policy.failing} tone="strong" />
                <td className="opt-1 mode-cell">
                  <ModeControl code={policy.code} mode={policy.mode} />
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
