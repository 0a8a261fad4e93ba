/** Who may do what here: accounts, tokens, and the trail of what was done. */

import { useSession } from "../api/session";
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
  const isAdmin = account.role === "admin";
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
      {isAdmin && (
        <Tabs
          base="/access"
          current={tab}
          tabs={[
            { name: "", title: "Accounts" },
            { name: "tokens", title: "Tokens" },
            { name: "trail", title: "Trail" },
            { name: "password", title: "Your password" },
          ]}
        />
      )}
      {isAdmin && tab === "" && <Accounts />}
      {isAdmin && tab === "tokens" && <Tokens />}
      {isAdmin && tab === "trail" && <Trail />}
      {(!isAdmin || tab === "password") && (
        <div className="sheet panel narrow">
          <OwnPassword isKnown={false} />
        </div>
      )}
    </>
  );
}

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
