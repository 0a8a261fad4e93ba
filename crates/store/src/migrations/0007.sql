-- Audit events say as whom somebody acted, and what ran in a container.
ALTER TABLE event ADD COLUMN acts_as TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN command TEXT NOT NULL DEFAULT '';
