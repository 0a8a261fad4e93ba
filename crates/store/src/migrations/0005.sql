-- What is gone is forgotten by when it went, and images that nothing in the history names.
CREATE INDEX workload_by_end ON workload (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX container_by_end ON container (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX pod_by_end ON pod (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX object_by_end ON object (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX history_by_time ON history (at);
DROP INDEX container_by_image;
CREATE INDEX container_by_image ON container (image, gone_at, workload);
