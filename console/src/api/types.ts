/** The wire types of the API by their names; `schema.ts` is generated from `docs/api/openapi.json`. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Severity = Schemas["Severity"];
/** A severity, or that nobody says. */
export type Rating = Severity | "unknown";
export type Outcome = Schemas["Outcome"];
export type Exposure = Schemas["Exposure"];
export type Mode = Schemas["Mode"];
export type Role = Schemas["Role"];
export type Decision = Schemas["Decision"];

/** One page of a list; `next` is the cursor of the following page. */
export interface Listed<T> {
  items: T[];
  total: number;
  /** Whether `total` is all; if not there are more, which nobody counted. */
  totalIsExact: boolean;
  next: string | null;
}

export type Account = Schemas["Account"];
export type AdmissionStatus = Schemas["AdmissionStatus"];
export type AttackPath = Schemas["AttackPath"];
export type Changed = Schemas["Changed"];
export type Cluster = Schemas["Cluster"];
export type NamespaceNames = Schemas["NamespaceNames"];
export type ClusterEvent = Schemas["Event"];
export type Counts = Schemas["Counts"];
export type Coverage = Schemas["Coverage"];
export type Finding = Schemas["Finding"];
export type FixFirst = Schemas["FixFirst"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Image = Schemas["Image"];
export type ImageRow = Schemas["ImageRow"];
export type Manifest = Schemas["Manifest"];
export type Mark = Schemas["Mark"];
export type ModeChange = Schemas["ModeChange"];
export type NewToken = Schemas["NewToken"];
export type OnFailure = Schemas["OnFailure"];
export type Operation = Schemas["PatchOperation"];
export type Overview = Schemas["Overview"];
export type Package = Schemas["Package"];
export type Policy = Schemas["Policy"];
export type PolicyRow = Schemas["PolicyRow"];
export type Problem = Schemas["Problem"];
export type Reference = Schemas["Reference"];
export type Review = Schemas["Review"];
export type Secret = Schemas["Secret"];
export type Session = Schemas["Session"];
export type Token = Schemas["Token"];
export type TokenMade = Schemas["TokenMade"];
export type TrailEntry = Schemas["TrailEntry"];
export type TrendPoint = Schemas["TrendPoint"];
export type Updates = Schemas["Updates"];
export type Vulnerability = Schemas["Vulnerability"];
export type Workload = Schemas["Workload"];
export type WorkloadRow = Schemas["WorkloadRow"];
