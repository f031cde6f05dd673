-- Which files could not be used, and what can be done about it?
select reason, stage, path, detail, quarantined_at
from quarantine
order by reason, path;
