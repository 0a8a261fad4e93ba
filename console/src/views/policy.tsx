/** One policy: what it says, what it catches, how that is known. */

import { useApi } from "../api/queries";
import type { Finding, Listed, Policy, Reference } from "../api/types";
import { Code, CopyButton } from "../parts/code";
import { FindingList } from "../parts/finding-list";
import { Icon } from "../parts/icons";
import { AtTheDoor, ModeControl } from "../parts/mode";
import { Detail, Facts, Head, Section } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { Severity } from "../parts/words";
import { Link } from "../router";
import { count, plural, totalOf } from "../text/format";

export function PolicyView({ code }: { code: string }) {
  return (
    <Detail<Policy>
      path={`/policies/${encodeURIComponent(code)}`}
      title={code}
      crumbs={[["Policies", "/policies"]]}
    >
      {(policy) => <One policy={policy} />}
    </Detail>
  );
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
        <ModeControl policy={policy} />
      </Head>
      <Facts
        of={[
          ["Severity", <Severity key="severity" of={policy.severity} />],
          ["Code", policy.code],
          ["Name", policy.name],
          ["Judged at", policy.stages.join(", ")],
          ["From", policy.source],
          ...(policy.namespace ? [["Only in", policy.namespace] as [string, string]] : []),
        ]}
      />
      <div className="split">
        <div className="stack">
          <Failing policy={policy} />
          <Section title="What must hold">
            <div className="stack-small">
              {policy.expression.length === 0 ? (
                <p className="soft">This policy is built in and has no expression to show.</p>
              ) : (
                policy.expression.map((expression, index) => (
                  <Code key={index} text={expression} label={`Condition ${index + 1}`} wrapped />
                ))
              )}
            </div>
          </Section>
          <Section title="As an object" aside={<CopyButton text={policy.yaml} name="YAML" />}>
            <Code text={policy.yaml} label="The policy as YAML" />
          </Section>
        </div>
        <div className="stack">
          <AtTheDoor policy={policy} />
          <Section title="What to do">
            <p className="prose">{policy.remediation}</p>
          </Section>
          <Tests policy={policy} />
          {policy.references.length > 0 && (
            <Section title="It rests on">
              <ul className="stack-small">
                {policy.references.map((reference) => (
                  <li key={reference.title} className="wrap">
                    <ReferenceLink of={reference} />
                  </li>
                ))}
              </ul>
            </Section>
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
  const rule = encodeURIComponent(policy.code);
  const list = useApi<Listed<Finding>>(`/findings?limit=10&rule=${rule}`);
  const unknown = useApi<Listed<Finding>>(`/findings?limit=1&outcome=unknown&rule=${rule}`);
  const numbers = (
    <span className="stack-row">
      {policy.failing > 0 && (
        <Link to={`/findings?rule=${rule}&outcome=fail`}>{count(policy.failing)} failing</Link>
      )}
      {unknown.data && unknown.data.total > 0 && (
        <Link to={`/findings?rule=${rule}&outcome=unknown`}>
          {totalOf(unknown.data, "unknown", "unknown")}
        </Link>
      )}
    </span>
  );
  return (
    <Section title="What it catches here" aside={numbers}>
      <div className="sheet">
        <Loaded query={list}>
          {(listed) =>
            listed.items.length === 0 ? (
              <Empty title={nothing(policy)} />
            ) : (
              <FindingList findings={listed.items} lead="subject" />
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}

/** Why there is no finding. */
function nothing({ mode, stages }: Policy): string {
  if (!stages.includes("admission")) {
    return stages.includes("background") ? "Nothing fails it" : "It is judged at build, not here";
  }
  return mode === "off" ? "It is off" : "Nothing fails it";
}

function Tests({ policy: { tests } }: { policy: Policy }) {
  const aside = <span className="soft">{plural(tests.length, "test")}</span>;
  return (
    <Section title="Its tests" aside={aside}>
      <div className="sheet panel">
        {tests.length === 0 ? (
          <p className="soft">None came with it.</p>
        ) : (
          <ul className="lines">
            {tests.map((test) => (
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
    </Section>
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
