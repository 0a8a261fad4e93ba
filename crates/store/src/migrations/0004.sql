-- Nearly all findings are of workloads; the others are looked for.
CREATE INDEX finding_of_others ON finding (subject_kind, score, id, severity, outcome, namespace, rule) WHERE gone_at IS NULL AND subject_kind <> 'workload';
