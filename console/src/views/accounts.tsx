/** Local accounts: made, changed, disabled, deleted. */

import { type FormEvent, useState } from "react";
import { change } from "../api/client";
import { client } from "../api/queries";
import { useSession } from "../api/session";
import type { Account, Role } from "../api/types";
import { List } from "../parts/list";
import { type Column, Table } from "../parts/table";
import { say } from "../parts/toast";
import { Time } from "../parts/words";

export const ROLES: [Role, string][] = [
  ["viewer", "reads everything"],
  ["developer", "reads own namespaces"],
  ["security", "also sets modes"],
  ["admin", "also accounts and tokens"],
];

/** Does a change, says what became of it, and reads the lists again. */
export async function act(doing: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await doing;
    say(done);
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    void client.invalidateQueries({
      predicate: ({ queryKey: [path] }) => typeof path === "string" && path.startsWith("/access"),
    });
  }
}

export function Accounts() {
  return (
    <>
      <NewAccount />
      <List<Account>
        path="/access/accounts"
        ask={{ limit: 500 }}
        words={["account"]}
        empty={["No account"]}
      >
        {(rows) => <Table columns={COLUMNS} rows={rows} keyOf={(row) => row.id} />}
      </List>
    </>
  );
}

const COLUMNS: Column<Account>[] = [
  { head: "Account", tone: "strong wrap", cell: (row) => <Name account={row} /> },
  { head: "Role", cell: (row) => <RoleOf account={row} /> },
  {
    head: "Namespaces",
    className: "opt-1",
    tone: "soft",
    cell: (row) => row.namespaces?.join(", ") ?? "all",
  },
  { head: "Made", className: "opt-1", tone: "soft", cell: (row) => <Time at={row.createdAt} /> },
  {
    head: <span className="hidden">Change</span>,
    className: "num",
    cell: (row) => <Disable account={row} />,
  },
];

function useIsMe(account: Account): boolean {
  return useSession().account.name === account.name;
}

function patch(account: Account, body: object, done: string) {
  const path = `/access/accounts/${encodeURIComponent(account.id)}`;
  void act(change("PATCH", path, body), done);
}

function Name({ account }: { account: Account }) {
  return (
    <>
      {account.name} {useIsMe(account) && <span className="chip">you</span>}{" "}
      {account.disabledAt !== null && <span className="chip is-medium">disabled</span>}
    </>
  );
}

function RoleOf({ account }: { account: Account }) {
  if (useIsMe(account)) return account.role;
  return (
    <select
      className="input is-small"
      aria-label={`Role of ${account.name}`}
      value={account.role}
      onChange={({ target: { value } }) =>
        patch(account, { role: value }, `${account.name}: ${value}`)
      }
    >
      {ROLES.map(([role]) => (
        <option key={role}>{role}</option>
      ))}
    </select>
  );
}

function Disable({ account }: { account: Account }) {
  if (useIsMe(account)) return null;
  const isDisabled = account.disabledAt !== null;
  const done = `${account.name} ${isDisabled ? "may sign in again" : "is disabled"}`;
  return (
    <button
      type="button"
      className="button is-small"
      onClick={() => patch(account, { disabled: !isDisabled }, done)}
    >
      {isDisabled ? "Enable" : "Disable"}
    </button>
  );
}

function NewAccount() {
  const [role, setRole] = useState<Role>("viewer");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const name = String(data.get("name"));
    const namespaces = String(data.get("namespaces") ?? "")
      .split(/[\s,]+/)
      .filter(Boolean);
    const body = {
      name,
      role,
      password: String(data.get("password")),
      namespaces: role === "developer" ? namespaces : null,
    };
    if (await act(change("POST", "/access/accounts", body), `${name} may sign in`)) form.reset();
  };
  return (
    <form className="sheet form-row" onSubmit={(event) => void submit(event)}>
      <label className="field">
        Name
        <input className="input" name="name" required autoComplete="off" spellCheck={false} />
      </label>
      <label className="field">
        First password
        <input
          className="input"
          name="password"
          type="password"
          required
          minLength={15}
          autoComplete="new-password"
        />
      </label>
      <label className="field">
        Role
        <select
          className="input"
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {ROLES.map(([name, what]) => (
            <option key={name} value={name}>
              {name}: {what}
            </option>
          ))}
        </select>
      </label>
      {role === "developer" && (
        <label className="field">
          Namespaces
          <input className="input" name="namespaces" required placeholder="shop, blog" />
        </label>
      )}
      <button type="submit" className="button">
        Add account
      </button>
    </form>
  );
}
