-- A finding that is decided or rated anew goes on as another row, so that an earlier day has what was said then. Rows that were written before, and by older programs, need no change.
ALTER TABLE finding ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN superseded BIGINT NOT NULL DEFAULT 0;
DROP INDEX finding_closed;
CREATE UNIQUE INDEX finding_closed ON finding (id, first_seen, since) WHERE gone_at IS NOT NULL;
DROP INDEX finding_by_first_seen;
CREATE INDEX finding_by_first_seen ON finding (first_seen, id, severity, outcome, namespace, rule, subject_kind, since) WHERE gone_at IS NULL;
DROP INDEX finding_by_end;
CREATE INDEX finding_by_end ON finding (gone_at, first_seen, score, id, severity, outcome, namespace, rule, subject_kind, since) WHERE gone_at IS NOT NULL;
