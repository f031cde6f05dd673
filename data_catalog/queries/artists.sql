-- Which artists have the most music, and in which genre? (The first 50)
with largest as (
    select coalesce(artist, '(unknown)') as artist, count(*) as tracks, hours(duration_s) as hours
    from catalog
    group by all
    order by tracks desc, artist
    limit 50
)
select
    l.artist, l.tracks, l.hours,
    count(distinct c.licence) as licences,
    mode(c.genre) as main_genre
from largest as l
join catalog as c on coalesce(c.artist, '(unknown)') = l.artist
group by all
order by l.tracks desc, l.artist;
