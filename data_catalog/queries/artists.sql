-- Which artists have the most music, and under how many licences?
select
    coalesce(artist, '(unknown)') as artist,
    count(*) as tracks,
    hours(duration_s) as hours,
    count(distinct licence) as licences,
    mode(genre) as main_genre
from catalog
group by all
order by tracks desc, artist
limit 50;
