-- Which snapshots are there, how large, and under which policy?
select name, policy, tracks, hours(duration_s) as hours, filter, licences, splits, digest, created_at
from snapshots
group by all
order by created_at;
