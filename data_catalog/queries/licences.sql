-- Under which licences is the music, by tracks and hours?
select
    coalesce(licence, '(unknown)') as licence,
    commercial_use,
    derivatives,
    count(*) as tracks,
    hours(duration_s) as hours,
    round(100 * sum(duration_s) / sum(sum(duration_s)) over (), 1) as percent_of_time
from catalog
group by all
order by hours desc, licence;
