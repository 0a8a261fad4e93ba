/** API tokens: the value is shown once, when it is made. */

import { type FormEvent, useState } from "react";
import { change } from "../api/client";
import { useApi } from "../api/queries";
import type { Listed, NewToken, Role, Token, TokenMade } from "../api/types";
import { Code, CopyButton } from "../parts/code";
import { Empty, Loaded } from "../parts/states";
import { Time } from "../parts/words";
import { act, ROLES } from "./accounts";

const DAYS = [7, 30, 90, 365];

export function Tokens() {
  const list = useApi<Listed<Token>>("/access/tokens?limit=500");
  const [made, setMade] = useState<TokenMade | null>(null);
  return (
    <>
      <MakeToken done={setMade} />
      {made && (
        <div className="sheet once" role="status">
          <strong>{made.token.name}: this is shown once, and kept nowhere.</strong>
          <Code text={made.value} label="The token" />
          <div>
            <CopyButton text={made.value} name="token" />{" "}
            <button
              type="button"
              className="button is-small is-plain"
              onClick={() => setMade(null)}
            >
              Hide
            </button>
          </div>
        </div>
      )}
      <Loaded query={list}>
        {(listed) => (
          <div className="sheet scroll">
            {listed.items.length === 0 ? (
              <Empty title="No token">A program signs in with one instead of a password.</Empty>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Token</th>
                    <th scope="col">Role</th>
                    <th scope="col" className="opt-1">
                      Of
                    </th>
                    <th scope="col" className="opt-1">
                      Used
                    </th>
                    <th scope="col">Ends</th>
                    <th scope="col">
                      <span className="hidden">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {listed.items.map((token) => (
                    <Row key={token.id} token={token} />
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

function Row({ token }: { token: Token }) {
  const revoke = () => {
    const path = `/access/tokens/${encodeURIComponent(token.id)}`;
    if (window.confirm(`Revoke ${token.name}? What uses it stops working.`)) {
      void act(change("DELETE", path), `${token.name} is revoked`);
    }
  };
  return (
    <tr>
      <td className="strong wrap">{token.name}</td>
      <td>{token.role}</td>
      <td className="opt-1 soft">{token.account}</td>
      <td className="opt-1 soft">
        <Time at={token.usedAt} />
      </td>
      <td className="soft">
        <Time at={token.expiresAt} />
      </td>
      <td className="num">
        <button type="button" className="button is-small" onClick={revoke}>
          Revoke
        </button>
      </td>
    </tr>
  );
}

function MakeToken({ done }: { done: (made: TokenMade) => void }) {
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const body: NewToken = {
      name: String(data.get("name")),
      role: data.get("role") as Role,
      days: Number(data.get("days")),
    };
    const making = change<TokenMade>("POST", "/access/tokens", body).then(done);
    if (await act(making, `${body.name} is made`)) form.reset();
  };
  return (
    <form className="sheet form-row" onSubmit={(event) => void submit(event)}>
      <label className="field">
        Name
        <input className="input" name="name" required autoComplete="off" spellCheck={false} />
      </label>
      <label className="field">
        Role
        <select className="input" name="role">
          {ROLES.filter(([role]) => role !== "developer").map(([name]) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        For
        <select className="input" name="days" defaultValue="90">
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {days} days
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button">
        Make token
      </button>
    </form>
  );
}
