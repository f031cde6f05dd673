-- How did the catalog grow, day by day?
select
    ingested_at::date as day,
    count(*) as new_tracks,
    hours(duration_s) as hours,
    (sum(count(*)) over (order by ingested_at::date))::bigint as tracks_so_far
from catalog_full
group by day
order by day;
