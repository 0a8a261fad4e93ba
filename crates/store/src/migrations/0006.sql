-- The Services of a namespace are looked for with each of its workloads.
CREATE INDEX object_by_namespace ON object (namespace, kind, name, id) WHERE gone_at IS NULL;
