/** Who may do what here: accounts, tokens, and the trail of what was done. */

import { useMay, useSession } from "../api/session";
import type { TrailEntry } from "../api/types";
import { List } from "../parts/list";
import { Head, Tabs } from "../parts/page";
import { type Column, Table } from "../parts/table";
import { Time } from "../parts/words";
import { Accounts } from "./accounts";
import { OwnPassword } from "./password";
import { Tokens } from "./tokens";

export function Access({ tab }: { tab: string }) {
  const { account } = useSession();
  const isAdmin = useMay("admin");
  const readsTrail = useMay("admin", "security");
  const tabs = [
    ...(isAdmin ? ADMINISTRATION : []),
    ...(readsTrail ? [{ name: "trail", title: "Trail" }] : []),
    PASSWORD,
  ];
  const shown = tabs.some(({ name }) => name === tab) ? tab : PASSWORD.name;
  return (
    <>
      <Head
        title="Access"
        note={
          <>
            You are {account.name}, with the role {account.role}
            {account.namespaces && <> in {account.namespaces.join(", ")}</>}.
          </>
        }
      />
      {tabs.length > 1 && <Tabs base="/access" current={shown} tabs={tabs} />}
      {shown === "" && <Accounts />}
      {shown === "tokens" && <Tokens />}
      {shown === "trail" && <Trail />}
      {shown === PASSWORD.name && (
        <div className="sheet panel narrow">
          <OwnPassword isKnown={false} />
        </div>
      )}
    </>
  );
}

const ADMINISTRATION = [
  { name: "", title: "Accounts" },
  { name: "tokens", title: "Tokens" },
];

/** What everybody has here, and is shown whose role has nothing else under that address. */
const PASSWORD = { name: "password", title: "Your password" };

function Trail() {
  return (
    <List<TrailEntry>
      path="/access/trail"
      ask={{ limit: 100 }}
      words={["entry", "entries"]}
      filters={{ label: "the trail" }}
      empty={["Nothing was changed yet"]}
    >
      {(rows) => <Table columns={TRAIL} rows={rows} keyOf={(row) => row.id} />}
    </List>
  );
}

const TRAIL: Column<TrailEntry>[] = [
  { head: "When", tone: "soft", cell: (row) => <Time at={row.at} /> },
  { head: "Who", cell: (row) => row.who },
  {
    head: "What",
    tone: "wrap",
    cell: (row) => (
      <span title={JSON.stringify(row.detail)}>
        {row.action} <strong>{row.what}</strong>
      </span>
    ),
  },
  { head: "From", className: "opt-1", tone: "soft", cell: (row) => row.address ?? "–" },
];
