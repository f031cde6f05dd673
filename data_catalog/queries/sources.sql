-- What did each source bring?
select
    source,
    count(*) as tracks,
    count(distinct artist) as artists,
    hours(duration_s) as hours,
    count(*) filter (licence is null) as without_licence,
    count(*) filter (quality <> 'ok') as with_faults
from catalog
group by source
order by tracks desc, source;
