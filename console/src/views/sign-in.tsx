/** Signing in: with the one-time code that `cofferdam up` prints, or with a name and a password. */

import { useEffect, useState } from "react";
import { ApiError, change } from "../api/client";
import { client } from "../api/queries";
import { fieldsOf } from "../parts/form";
import { Brand } from "../parts/icons";
import { PasswordField } from "./password";

type Credentials = { code: string } | { name: string; password: string };

/** The code in the address (`#code=…`), taken out of it so that it is not kept in the history. */
function takeCode(): string | null {
  const params = new URLSearchParams(window.location.hash.slice(1));
  const code = params.get("code");
  if (code)
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return code;
}

const firstCode = takeCode();
let isTried = false;

function explain(error: unknown, isCode: boolean): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 429) return error.problem.detail ?? "Too many attempts: wait a minute.";
  if (error.status !== 401 && error.status !== 403) return error.message;
  return isCode
    ? "This code is not valid: it works once, and only for the server that printed it."
    : "Name or password is wrong.";
}

export function SignIn() {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(firstCode !== null && !isTried);
  const enter = async (credentials: Credentials) => {
    setBusy(true);
    setError("");
    try {
      await change("POST", "/session", credentials);
      await client.resetQueries();
    } catch (caught) {
      setError(explain(caught, "code" in credentials));
      setBusy(false);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the code works once, so it is tried once
  useEffect(() => {
    document.title = "Sign in · Cofferdam";
    if (firstCode === null || isTried) return;
    isTried = true;
    void enter({ code: firstCode });
  }, []);
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <h1 className="brand">
          <Brand size={28} />
          Cofferdam
        </h1>
        {error && (
          <p className="error-line" role="alert">
            {error}
          </p>
        )}
        <CodeForm busy={busy} enter={(credentials) => void enter(credentials)} />
        <div className="or">or</div>
        <PasswordForm busy={busy} enter={(credentials) => void enter(credentials)} />
      </div>
    </main>
  );
}

interface FormProps {
  busy: boolean;
  enter: (credentials: Credentials) => void;
}

function CodeForm({ busy, enter }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        const field = fieldsOf(event);
        enter({ code: field("code").trim() });
      }}
    >
      <label className="field">
        One-time code
        <input
          className="input mono"
          name="code"
          required
          autoComplete="one-time-code"
          spellCheck={false}
          aria-describedby="code-help"
        />
      </label>
      <p id="code-help" className="small soft">
        <code>cofferdam up</code> prints it with its address.
      </p>
      <button type="submit" className="button is-main" disabled={busy}>
        {busy ? "Signing in…" : "Sign in with the code"}
      </button>
    </form>
  );
}

function PasswordForm({ busy, enter }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        const field = fieldsOf(event);
        enter({ name: field("name"), password: field("password") });
      }}
    >
      <label className="field">
        Name
        <input className="input" name="name" required autoComplete="username" spellCheck={false} />
      </label>
      <PasswordField name="password" label="Password" complete="current-password" />
      <button type="submit" className="button" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
