-- What share of each genre is in a minor key?
select
    genre,
    count(*) as tracks,
    round(100 * avg((mode = 'minor')::int), 1) as minor_percent
from catalog
where genre is not null and mode is not null
group by genre
order by minor_percent desc;
