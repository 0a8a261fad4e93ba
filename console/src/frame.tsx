/** What is around every view: the way to the others, the cluster, the account, and what must not be missed. */

import { type ReactNode, useEffect, useState } from "react";
import { change } from "./api/client";
import { useIsLive } from "./api/live";
import { client } from "./api/queries";
import { useSession } from "./api/session";
import { Brand, Icon, type IconName } from "./parts/icons";
import { ThemeSwitch } from "./parts/theme";
import { useNews } from "./parts/toast";
import { Time } from "./parts/words";
import { Link, usePath } from "./router";

const PLACES: [string, string, IconName][] = [
  ["/", "Overview", "overview"],
  ["/workloads", "Workloads", "workloads"],
  ["/findings", "Findings", "findings"],
  ["/images", "Images", "images"],
  ["/policies", "Policies", "policies"],
  ["/admission", "Admission", "admission"],
  ["/cluster", "Cluster", "cluster"],
  ["/access", "Access", "access"],
];

interface FrameProps {
  children: ReactNode;
  showHelp: () => void;
  showPalette: () => void;
}

export function Frame({ children, showHelp, showPalette }: FrameProps) {
  const news = useNews();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="frame">
        <Side showHelp={showHelp} showPalette={showPalette} />
        <div className="main">
          <Banners />
          <main id="main" className="page" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
      <div className="toast" role="status" aria-live="polite">
        {news}
      </div>
    </>
  );
}

function Side({ showHelp, showPalette }: Omit<FrameProps, "children">) {
  const path = usePath();
  const [open, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view closes the menu
  useEffect(() => setOpen(false), [path]);
  const here = PLACES.filter(([to]) => (to === "/" ? path === "/" : path.startsWith(to))).at(-1);
  return (
    <header className={open ? "side is-open" : "side"}>
      <div className="side-inner">
        <div className="side-top">
          <Link to="/" className="brand">
            <Brand />
            Cofferdam
          </Link>
          <button
            type="button"
            className="button is-plain menu-button"
            aria-expanded={open}
            data-close={open ? "" : undefined}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? "close" : "menu"} />
            <span className="hidden">Menu</span>
          </button>
        </div>
        <div className="side-rest">
          <ClusterName />
          <button type="button" className="go-to" onClick={showPalette}>
            <Icon name="search" size={14} />
            Go to
            <span className="key" aria-hidden="true">
              Ctrl K
            </span>
          </button>
          <nav className="nav" aria-label="Views">
            <ul>
              {PLACES.map(([to, name, icon]) => (
                <li key={to}>
                  <Link to={to} aria-current={here?.[0] === to ? "page" : undefined}>
                    <Icon name={icon} />
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <Foot showHelp={showHelp} />
        </div>
      </div>
    </header>
  );
}

function ClusterName() {
  const { cluster, isRecorded } = useSession();
  return (
    <p className="cluster-name">
      <strong>{cluster.name || "No cluster"}</strong>
      {isRecorded && "Recorded"}
      {!isRecorded && (cluster.version ? `Kubernetes ${cluster.version}` : "Not reached yet")}
    </p>
  );
}

function Foot({ showHelp }: { showHelp: () => void }) {
  const { account, version } = useSession();
  const signOut = async () => {
    await change("DELETE", "/session").catch(() => undefined);
    client.clear();
    window.location.assign("/");
  };
  return (
    <div className="side-foot">
      <LiveSign />
      <div className="row">
        <span className="cut" title={`${account.name}, ${account.role}`}>
          {account.name} <span className="faint">· {account.role}</span>
        </span>
        <button
          type="button"
          className="button is-plain is-small"
          title="Sign out"
          onClick={() => void signOut()}
        >
          <Icon name="out" size={15} />
          <span className="hidden">Sign out</span>
        </button>
      </div>
      <div className="row">
        <span className="faint">{version}</span>
        <span>
          <button
            type="button"
            className="button is-plain is-small"
            title="Keyboard (?)"
            onClick={showHelp}
          >
            <Icon name="keyboard" size={15} />
            <span className="hidden">Keyboard</span>
          </button>
          <ThemeSwitch />
        </span>
      </div>
    </div>
  );
}

function LiveSign() {
  const { isRecorded } = useSession();
  const isLive = useIsLive();
  const [name, tone] = isLive
    ? [isRecorded ? "Recorded" : "Live", "is-good"]
    : ["Not live", "is-medium"];
  return (
    <span className="live" role="status">
      <svg className={tone} width="10" height="10" aria-hidden="true">
        <circle
          cx="5"
          cy="5"
          r="3.5"
          strokeWidth="1.5"
          fill={isLive ? "currentColor" : "none"}
          stroke="currentColor"
        />
      </svg>
      {name}
    </span>
  );
}

function Banners() {
  const { cluster, isRecorded } = useSession();
  const isLive = useIsLive();
  if (!isRecorded && isLive && cluster.lost.length === 0) return null;
  return (
    <aside aria-label="State of the data">
      {isRecorded && (
        <div className="banner">
          <Icon name="tape" />
          <span>
            <strong>Recorded.</strong> The cluster “{cluster.name}” as it was; nothing here runs,
            and nothing can be changed by it.
          </span>
        </div>
      )}
      {!isLive && (
        <div className="banner is-warning">
          <Icon name="warning" />
          <span>
            <strong>Not live.</strong> The server does not answer; views may be out of date. Trying
            again.
          </span>
        </div>
      )}
      {cluster.lost.length > 0 && (
        <div className="banner is-warning">
          <Icon name="warning" />
          <span>
            <strong>Not up to date.</strong> The cluster no longer tells about{" "}
            {cluster.lost.join(", ")}
            {cluster.syncedAt && !isRecorded && (
              <>
                ; it was complete <Time at={cluster.syncedAt} />
              </>
            )}
            .
          </span>
        </div>
      )}
    </aside>
  );
}
