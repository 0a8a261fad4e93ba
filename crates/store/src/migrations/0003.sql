-- What to fix first is said by the controllers, who know where things stand.
DROP TABLE fix;

-- Nobody counts subjects any more.
ALTER TABLE tally DROP COLUMN subjects;

-- Where a finding stands is its pointer: lines are those of the text that is shown.
ALTER TABLE finding DROP COLUMN line;
ALTER TABLE finding DROP COLUMN "column";
