/** Who is signed in, and to which cluster. */

import { createContext, useContext } from "react";
import type { Role, Session } from "./types";

export const SessionContext = createContext<Session | null>(null);

/** The session; views are only on screen with one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of a session");
  return session;
}

/** Whether the account may do what `roles` may. */
export function useMay(...roles: Role[]): boolean {
  return roles.includes(useSession().account.role);
}
