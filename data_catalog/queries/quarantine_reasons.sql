-- For which reasons are files in quarantine?
select stage, reason, count(*) as files, round(sum(size_bytes) / 1e6, 1) as megabytes, min(path) as example
from quarantine
group by stage, reason
order by files desc, reason;
