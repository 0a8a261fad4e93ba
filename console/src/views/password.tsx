/** A new password for the account that is signed in. */

import { type FormEvent, useState } from "react";
import { change } from "../api/client";
import { client } from "../api/queries";
import { fieldsOf } from "../parts/form";

/** An account begins with a password that somebody else knows: one of its own comes first. */
export function FirstPassword({ name }: { name: string }) {
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <h1>A password of your own</h1>
        <p className="soft">
          The one that {name} came with is known to whoever made the account, or reads where it was
          kept.
        </p>
        <OwnPassword isKnown />
      </div>
    </main>
  );
}

/** Changes the password; all sessions of the account end with it, this one too. */
export function OwnPassword({ isKnown }: { isKnown: boolean }) {
  const [error, setError] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    const field = fieldsOf(event);
    try {
      const body = { current: field("current") || null, password: field("password") };
      await change("PUT", "/session/password", body);
      await client.resetQueries();
    } catch (caught) {
      setError(caught instanceof Error ? caught.message : String(caught));
    }
  };
  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      {error && (
        <p className="error-line" role="alert">
          {error}
        </p>
      )}
      <PasswordField
        name="current"
        label={isKnown ? "Password until now" : "Password until now (none after a one-time code)"}
        complete="current-password"
        required={isKnown}
      />
      <PasswordField name="password" label="New password" complete="new-password" />
      <p className="small soft">All sessions of the account end; sign in with the new one.</p>
      <button type="submit" className="button is-main">
        Change the password
      </button>
    </form>
  );
}

export function PasswordField({
  name,
  label,
  complete,
  required = true,
}: {
  name: string;
  label: string;
  complete: "current-password" | "new-password";
  required?: boolean;
}) {
  return (
    <label className="field">
      {label}
      <input
        className="input"
        name={name}
        type="password"
        required={required}
        autoComplete={complete}
      />
    </label>
  );
}
