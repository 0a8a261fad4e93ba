/** API tokens: the value is shown once, when it is made. */

import { type FormEvent, useState } from "react";
import { change } from "../api/client";
import type { NewToken, Role, Token, TokenMade } from "../api/types";
import { Code, CopyButton } from "../parts/code";
import { List } from "../parts/list";
import { type Column, Table } from "../parts/table";
import { Time } from "../parts/words";
import { act, ROLES } from "./accounts";

const DAYS = [7, 30, 90, 365];

export function Tokens() {
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
      <List<Token>
        path="/access/tokens"
        ask={{ limit: 500 }}
        words={["token"]}
        empty={["No token", "A program signs in with one instead of a password."]}
      >
        {(rows) => <Table columns={COLUMNS} rows={rows} keyOf={(row) => row.id} />}
      </List>
    </>
  );
}

const COLUMNS: Column<Token>[] = [
  { head: "Token", tone: "strong wrap", cell: (row) => row.name },
  { head: "Role", cell: (row) => row.role },
  { head: "Of", className: "opt-1", tone: "soft", cell: (row) => row.account },
  { head: "Used", className: "opt-1", tone: "soft", cell: (row) => <Time at={row.usedAt} /> },
  { head: "Ends", tone: "soft", cell: (row) => <Time at={row.expiresAt} /> },
  {
    head: <span className="hidden">Change</span>,
    className: "num",
    cell: (row) => (
      <button type="button" className="button is-small" onClick={() => revoke(row)}>
        Revoke
      </button>
    ),
  },
];

function revoke(token: Token) {
  const path = `/access/tokens/${encodeURIComponent(token.id)}`;
  if (window.confirm(`Revoke ${token.name}? What uses it stops working.`)) {
    void act(change("DELETE", path), `${token.name} is revoked`);
  }
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
