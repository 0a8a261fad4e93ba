/** All policies in force, by area. */

import { useApi } from "../api/queries";
import { useSession } from "../api/session";
import type { Listed, PolicyRow } from "../api/types";
import { List } from "../parts/list";
import { ModeControl } from "../parts/mode";
import { Head } from "../parts/page";
import { type Column, counted, Table } from "../parts/table";
import { MODES, SEVERITIES, Severity } from "../parts/words";
import { Link } from "../router";

/** All there are: they are shown by area, and there are some hundreds. */
const ALL = 500;

export function Policies() {
  const { readOnly } = useSession();
  const all = useApi<Listed<PolicyRow>>(`/policies?limit=${ALL}`);
  const areas = [...new Set(all.data?.items.map((policy) => policy.area))];
  const choices = [
    { name: "area", label: "Any area", options: areas.map((area) => [area, area]) },
    { name: "mode", label: "Any mode", options: MODES.map(([mode, name]) => [mode, name]) },
    { name: "severity", label: "Any severity", options: SEVERITIES },
  ];
  return (
    <>
      <Head
        title="Policies"
        note={
          readOnly &&
          "This cluster is only read: a mode says what the door would do, and is kept until it stands."
        }
      />
      <List<PolicyRow>
        path="/policies"
        ask={{ limit: ALL }}
        words={["policy", "policies"]}
        filters={{ label: "policies", choices }}
        empty={["No policy"]}
      >
        {(rows) => (
          <Table
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => row.code}
            groupOf={(row) => row.area}
          />
        )}
      </List>
    </>
  );
}

const COLUMNS: Column<PolicyRow>[] = [
  { head: "Severity", cell: (row) => <Severity of={row.severity} /> },
  {
    head: "Policy",
    tone: "name-cell wrap",
    cell: (row) => (
      <>
        <Link className="lead" to={`/policies/${row.code}`} data-lead>
          {row.title}
        </Link>{" "}
        <span className="faint small nowrap">{row.code}</span>
        {row.source !== "built-in" && (
          <span className="chip after-name" title={row.source}>
            {row.namespace ?? "own"}
          </span>
        )}
      </>
    ),
  },
  {
    head: "Judged at",
    className: "opt-2",
    tone: "soft small",
    cell: (row) => row.stages.join(", "),
  },
  counted("Failing", (row) => row.failing, "", "strong"),
  {
    head: "Mode",
    className: "opt-1",
    tone: "mode-cell",
    cell: (row) => <ModeControl policy={row} />,
  },
];
