/** One policy: what it says, what it catches, how that is known. */

import { useApi } from "../api/queries";
import type { Finding, Listed, Policy, Reference } from "../api/types";
import { Code, CopyButton } from "../parts/code";
import { FindingList } from "../parts/finding-list";
import { Icon } from "../parts/icons";
import { ModeControl } from "../parts/mode";
import { Facts, Head } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { Severity } from "../parts/words";
import { Link } from "../router";
import { plural, totalOf } from "../text/format";

export function PolicyView({ code }: { code: string }) {
  const policy = useApi<Policy>(`/policies/${encodeURIComponent(code)}`);
  if (!policy.data) {
    return (
      <>
        <Head title={code} crumbs={[["Policies", "/policies"]]} />
        <div className="sheet">
          <Loaded query={policy}>{() => null}</Loaded>
        </div>
      </>
    );
  }
  return <Loaded query={policy}>{(data) => <One policy={data} />}</Loaded>;
}

function One({ policy }: { policy: Policy }) {
  return (
    <>
      <Head
        title={policy.title}
        crumbs={[
          ["Policies", "/policies"],
          [policy.area, `/policies?area=${encodeURIComponent(policy.area)}`],
        ]}
        note={policy.description}
      >
        <ModeControl code={policy.code} mode={policy.mode} />
      </Head>
      <Facts
        of={[
          ["Severity", <Severity key="severity" of={policy.severity} />],
          ["Code", policy.code],
          ["Name", policy.name],
          ["Judged at", policy.stages.join(", ")],
        ]}
      />
      <div className="split">
        <div className="stack">
          <Failing policy={policy} />
          <section>
            <div className="section-head">
              <h2>What must hold</h2>
            </div>
            <div className="stack-small">
              {policy.expression.length === 0 ? (
                <p className="soft">This policy is built in and has no expression to show.</p>
              ) : (
                policy.expression.map((expression, index) => (
                  <Code key={index} text={expression} label={`Condition ${index + 1}`} wrapped />
                ))
              )}
            </div>
          </section>
          <section>
            <div className="section-head">
              <h2>As an object</h2>
              <CopyButton text={policy.yaml} name="YAML" />
            </div>
            <Code text={policy.yaml} label="The policy as YAML" />
          </section>
        </div>
        <div className="stack">
          <section>
            <div className="section-head">
              <h2>What to do</h2>
            </div>
            <p className="prose">{policy.remediation}</p>
          </section>
          <Tests policy={policy} />
          {policy.references.length > 0 && (
            <section>
              <div className="section-head">
                <h2>It rests on</h2>
              </div>
              <ul className="stack-small">
                {policy.references.map((reference) => (
                  <li key={reference.title} className="wrap">
                    <ReferenceLink of={reference} />
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      </div>
    </>
  );
}

function ReferenceLink({ of: { title, url } }: { of: Reference }) {
  if (!url?.startsWith("https://")) return title;
  return (
    <a href={url} rel="noreferrer noopener" target="_blank">
      {title} <Icon name="external" size={12} />
    </a>
  );
}

function Failing({ policy }: { policy: Policy }) {
  const path = `/findings?limit=10&sort=-score&rule=${encodeURIComponent(policy.code)}`;
  const list = useApi<Listed<Finding>>(path);
  return (
    <section>
      <div className="section-head">
        <h2>What it catches here</h2>
        {list.data && list.data.total > 0 && (
          <Link to={`/findings?rule=${encodeURIComponent(policy.code)}`}>
            {totalOf(list.data, "finding")}
          </Link>
        )}
      </div>
      <div className="sheet">
        <Loaded query={list}>
          {(listed) =>
            listed.items.length === 0 ? (
              <Empty title={policy.mode === "off" ? "It is off" : "Nothing fails it"} />
            ) : (
              <FindingList findings={listed.items} lead="subject" />
            )
          }
        </Loaded>
      </div>
    </section>
  );
}

function Tests({ policy }: { policy: Policy }) {
  return (
    <section>
      <div className="section-head">
        <h2>Its tests</h2>
        <span className="soft">{plural(policy.tests.length, "test")}</span>
      </div>
      <div className="sheet panel">
        {policy.tests.length === 0 ? (
          <p className="soft">None came with it.</p>
        ) : (
          <ul className="lines">
            {policy.tests.map((test) => (
              <li key={test.name}>
                <details className="test">
                  <summary>
                    <span className="wrap">{test.name}</span>
                    <Expectation of={test.expect} />
                  </summary>
                  <Code text={test.text} label={`The test ${test.name}`} />
                </details>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Expectation({ of }: { of: string }) {
  const fires = of === "fires";
  return (
    <span className={`sev small ${fires ? "is-high" : "soft"}`}>
      {fires && <Icon name="warning" size={12} />}
      {of}
    </span>
  );
}
