/** Attack paths as steps that can be read, with the change that cuts them. */

import type { AttackPath } from "../api/types";
import { Link } from "../router";
import { Icon } from "./icons";

export function Way({ path }: { path: AttackPath }) {
  return (
    <section className="way">
      <h3>{path.title}</h3>
      <ol className="path-steps">
        {path.steps.map((step, index) => (
          <li key={index}>
            {step.link ? <Link to={step.link}>{step.title}</Link> : step.title}
            {step.why && <small>{step.why}</small>}
          </li>
        ))}
      </ol>
      {path.cut.what && (
        <p className="way-cut">
          <span className="is-good">
            <Icon name="cut" size={14} />
          </span>
          <span>
            <strong>Cut it:</strong>{" "}
            {path.cut.link ? <Link to={path.cut.link}>{path.cut.what}</Link> : path.cut.what}
          </span>
        </p>
      )}
    </section>
  );
}
