/** An address that is no view. */

import { Head } from "../parts/page";
import { Link } from "../router";

export function Missing() {
  return (
    <>
      <Head title="No such view" note="The address is mistyped, or from another version." />
      <Link className="button" to="/">
        To the overview
      </Link>
    </>
  );
}
