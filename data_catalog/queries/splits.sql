-- How is each genre spread over training, validation and test?
select
    coalesce(genre, '(none)') as genre,
    count(*) filter (split = 'train') as train,
    count(*) filter (split = 'validation') as validation,
    count(*) filter (split = 'test') as test,
    round(100 * count(*) filter (split = 'test') / count(*), 1) as test_percent,
    approx_count_distinct(artist_cluster) as about_artists
from catalog_full
where split is not null
group by all
order by genre;
