/** Who may do what here: accounts, tokens, and the trail of what was done. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import { useSession } from "../api/session";
import type { Listed, TrailEntry } from "../api/types";
import { Filters, Nothing, Pager } from "../parts/list";
import { Head, Tabs } from "../parts/page";
import { Loaded } from "../parts/states";
import { Time } from "../parts/words";
import { useSearch } from "../router";
import { totalOf } from "../text/format";
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
  const params = useSearch();
  const list = useApi<Listed<TrailEntry>>(
    `/access/trail${query({ limit: 100, ...Object.fromEntries(params) })}`,
  );
  return (
    <>
      <Filters label="the trail" total={list.data && totalOf(list.data, "entry", "entries")} />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet scroll">
              {listed.items.length === 0 ? (
                <Nothing title="Nothing was changed yet" />
              ) : (
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">When</th>
                      <th scope="col">Who</th>
                      <th scope="col">What</th>
                      <th scope="col" className="opt-1">
                        From
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {listed.items.map((entry) => (
                      <tr key={entry.id}>
                        <td className="soft">
                          <Time at={entry.at} />
                        </td>
                        <td>{entry.who}</td>
                        <td className="wrap" title={JSON.stringify(entry.detail)}>
                          {entry.action} <strong>{entry.what}</strong>
                        </td>
                        <td className="opt-1 soft">{entry.address ?? "–"}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </div>
            <Pager listed={listed} one="entry" many="entries" />
          </>
        )}
      </Loaded>
    </>
  );
}
