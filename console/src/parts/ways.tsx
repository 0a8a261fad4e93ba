/** Attack paths as steps that can be read, with the change that cuts them. */

import type { AttackPath } from "../api/types";
import { Link } from "../router";
import { Icon } from "./icons";

/** One path; its heading is below the section's, or below the view's. */
export function Way({
  path,
  heading: Heading = "h3",
}: {
  path: AttackPath;
  heading?: "h2" | "h3";
}) {
  return (
    <section className="way">
      <Heading>{path.title}</Heading>
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
