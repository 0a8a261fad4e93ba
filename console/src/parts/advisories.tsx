/** Without advisories nothing is known of vulnerabilities: zeros would lie. */

import { useApi } from "../api/queries";
import type { Overview } from "../api/types";
import { Icon } from "./icons";

/** Says so where images were scanned and no advisory source speaks about any of their packages. */
export function AdvisoryWarning() {
  const { data } = useApi<Overview>("/overview");
  if (!data || data.images.scanned === 0) return null;
  if (data.coverage.some((entry) => entry.status === "loaded")) return null;
  return (
    <div className="stale" role="status">
      <Icon name="warning" />
      <span>
        No advisories are loaded for these images: their vulnerabilities are not assessed yet.
      </span>
    </div>
  );
}
