/** Reading a form that was sent. */

import type { FormEvent } from "react";

/** What was typed into the fields, by name; the browser sends nothing by itself. */
export function fieldsOf(event: FormEvent<HTMLFormElement>): (name: string) => string {
  event.preventDefault();
  const data = new FormData(event.currentTarget);
  return (name) => String(data.get(name) ?? "");
}
