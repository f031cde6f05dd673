-- How much of each source is a duplicate of something else?
select
    source,
    count(*) as tracks,
    count(duplicate_of) as duplicates,
    round(100 * count(duplicate_of) / count(*), 1) as percent
from catalog
group by source
order by duplicates desc, source;
