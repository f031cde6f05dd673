-- How long are the tracks?
select
    case
        when duration_s < 15 then '1: under 15 s'
        when duration_s < 60 then '2: 15 s to 1 min'
        when duration_s < 180 then '3: 1 to 3 min'
        when duration_s < 300 then '4: 3 to 5 min'
        else '5: over 5 min'
    end as length,
    count(*) as tracks,
    hours(duration_s) as hours
from catalog
group by length
order by length;
