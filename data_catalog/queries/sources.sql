-- What did each source bring?
select
    source,
    count(*) as tracks,
    approx_count_distinct(artist) as about_artists,
    hours(duration_s) as hours,
    count(*) filter (licence is null) as without_licence,
    count(*) filter (quality <> 'ok') as with_faults
from catalog
group by source
order by tracks desc, source;
