-- For which reasons are files in quarantine?
select stage, reason, count(*) as files, sum(size_bytes) as bytes, min(path) as example
from quarantine
group by stage, reason
order by files desc, reason;
