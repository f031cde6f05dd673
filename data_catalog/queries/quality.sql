-- Which faults were found in the audio, and how often?
select verdict, count(*) as tracks, hours(duration_s) as hours, min(path) as example
from (
    select unnest(string_split(quality, ',')) as verdict, duration_s, path
    from catalog
    where quality is not null
)
group by verdict
order by tracks desc, verdict;
