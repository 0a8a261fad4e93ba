/** The console: signed in or not, its frame, and which view an address is. */

import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError, rememberCsrf } from "./api/client";
import { useWatch } from "./api/live";
import { client, useApi } from "./api/queries";
import { SessionContext } from "./api/session";
import type { Session } from "./api/types";
import { Frame } from "./frame";
import { Guard } from "./parts/guard";
import { KeyHelp, useKeys } from "./parts/keys";
import { Palette } from "./parts/palette";
import { Failed } from "./parts/states";
import { match, usePath } from "./router";
import { Access } from "./views/access";
import { Admission } from "./views/admission";
import { ClusterView } from "./views/cluster";
import { Findings } from "./views/findings";
import { ImageView } from "./views/image";
import { Images } from "./views/images";
import { Missing } from "./views/missing";
import { OverviewView } from "./views/overview";
import { FirstPassword } from "./views/password";
import { Policies } from "./views/policies";
import { PolicyView } from "./views/policy";
import { SignIn } from "./views/sign-in";
import { WorkloadView } from "./views/workload";
import { Workloads } from "./views/workloads";

const VIEWS: [string, (params: Record<string, string>) => ReactNode][] = [
  ["/", () => <OverviewView />],
  ["/workloads", () => <Workloads />],
  ["/workloads/:id/:tab?", ({ id = "", tab = "" }) => <WorkloadView key={id} id={id} tab={tab} />],
  ["/findings", () => <Findings />],
  ["/images", () => <Images />],
  ["/images/:id/:tab?", ({ id = "", tab = "" }) => <ImageView key={id} id={id} tab={tab} />],
  ["/policies", () => <Policies />],
  ["/policies/:code", ({ code = "" }) => <PolicyView key={code} code={code} />],
  ["/admission", () => <Admission />],
  ["/cluster/:tab?", ({ tab = "" }) => <ClusterView tab={tab} />],
  ["/access/:tab?", ({ tab = "" }) => <Access tab={tab} />],
];

export function App() {
  const session = useApi<Session>("/session");
  const isSignedOut = session.error instanceof ApiError && session.error.status === 401;
  if (session.data) rememberCsrf(session.data.csrf);
  useEffect(() => {
    // A request that is no longer signed in ends the session of the page as well.
    return client.getQueryCache().subscribe(({ query, type }) => {
      const error = query.state.error;
      const isOut = type === "updated" && error instanceof ApiError && error.status === 401;
      if (isOut && query.queryKey[0] !== "/session")
        void client.refetchQueries({ queryKey: ["/session"] });
    });
  }, []);
  if (isSignedOut) return <SignIn />;
  if (session.data?.account.mustChange) return <FirstPassword name={session.data.account.name} />;
  if (session.data) {
    return (
      <SessionContext value={session.data}>
        <SignedIn />
      </SessionContext>
    );
  }
  if (session.isError) {
    return (
      <main className="sign-in">
        <Failed error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  return null;
}

function SignedIn() {
  const path = usePath();
  const [help, setHelp] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  const [palette, setPalette] = useState(false);
  const showPalette = useCallback(() => setPalette(true), []);
  useKeys(showHelp, showPalette);
  useWatch();
  return (
    <Frame showHelp={showHelp} showPalette={showPalette}>
      <Guard place={path}>{viewOf(path)}</Guard>
      <Palette open={palette} close={() => setPalette(false)} />
      <KeyHelp open={help} close={() => setHelp(false)} />
    </Frame>
  );
}

function viewOf(path: string): ReactNode {
  for (const [pattern, view] of VIEWS) {
    const params = match(pattern, path);
    if (params) return view(params);
  }
  return <Missing />;
}
