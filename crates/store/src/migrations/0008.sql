-- A finding that is rated or decided anew goes on as another row, so that an earlier day has what was said then.
ALTER TABLE finding ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN superseded BIGINT NOT NULL DEFAULT 0;
UPDATE finding SET since = first_seen;
DROP INDEX finding_closed;
CREATE UNIQUE INDEX finding_closed ON finding (id, since) WHERE gone_at IS NOT NULL;
DROP INDEX finding_by_first_seen;
CREATE INDEX finding_by_first_seen ON finding (first_seen, id, severity, outcome, namespace, rule, subject_kind, since) WHERE gone_at IS NULL;
DROP INDEX finding_by_end;
CREATE INDEX finding_by_end ON finding (gone_at, since, score, id, severity, outcome, namespace, rule, subject_kind) WHERE gone_at IS NOT NULL;
