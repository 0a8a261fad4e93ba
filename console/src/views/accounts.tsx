/** Local accounts: made, changed, disabled, deleted. */

import { type FormEvent, useState } from "react";
import { change } from "../api/client";
import { client, useApi } from "../api/queries";
import { useSession } from "../api/session";
import type { Account, Listed, Role } from "../api/types";
import { Empty, Loaded } from "../parts/states";
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
  const list = useApi<Listed<Account>>("/access/accounts?limit=500");
  return (
    <>
      <NewAccount />
      <Loaded query={list}>
        {(listed) => (
          <div className="sheet scroll">
            {listed.items.length === 0 ? (
              <Empty title="No account" />
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Account</th>
                    <th scope="col">Role</th>
                    <th scope="col" className="opt-1">
                      Namespaces
                    </th>
                    <th scope="col" className="opt-1">
                      Made
                    </th>
                    <th scope="col">
                      <span className="hidden">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {listed.items.map((account) => (
                    <Row key={account.id} account={account} />
                  ))}
                </tbody>
              </table>
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function Row({ account }: { account: Account }) {
  const session = useSession();
  const isMe = session.account.name === account.name;
  const path = `/access/accounts/${encodeURIComponent(account.id)}`;
  const isDisabled = account.disabledAt !== null;
  const patch = (body: object, done: string) => void act(change("PATCH", path, body), done);
  return (
    <tr>
      <td className="strong wrap">
        {account.name} {isMe && <span className="chip">you</span>}{" "}
        {isDisabled && <span className="chip is-medium">disabled</span>}
      </td>
      <td>
        {isMe ? (
          account.role
        ) : (
          <select
            className="input is-small"
            aria-label={`Role of ${account.name}`}
            value={account.role}
            onChange={(event) =>
              patch({ role: event.target.value }, `${account.name}: ${event.target.value}`)
            }
          >
            {ROLES.map(([role]) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        )}
      </td>
      <td className="opt-1 soft">{account.namespaces?.join(", ") ?? "all"}</td>
      <td className="opt-1 soft">
        <Time at={account.createdAt} />
      </td>
      <td className="num">
        {!isMe && (
          <button
            type="button"
            className="button is-small"
            onClick={() =>
              patch(
                { disabled: !isDisabled },
                `${account.name} ${isDisabled ? "may sign in again" : "is disabled"}`,
              )
            }
          >
            {isDisabled ? "Enable" : "Disable"}
          </button>
        )}
      </td>
    </tr>
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
          minLength={12}
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
