-- How is each genre spread over training, validation and test?
select
    coalesce(c.genre, '(none)') as genre,
    count(*) filter (c.split = 'train') as train,
    count(*) filter (c.split = 'validation') as validation,
    count(*) filter (c.split = 'test') as test,
    round(100 * count(*) filter (c.split = 'test') / count(*), 1) as test_percent,
    count(distinct s.artist_cluster) as artists
from catalog as c
join splits as s using (track_id)
group by all
order by genre;
